package io.millrace.serving.kafka;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.stream.ImageTracer;
import io.millrace.serving.client.Targets;
import io.millrace.serving.embed.Embedder;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the records of a batch: embeddings, targets, tombstones. */
final class BatchEmbedder {
  private static final Logger log = LoggerFactory.getLogger(BatchEmbedder.class);

  private final Embedder embedder;
  private final ModelVersion version;
  private final EmbedderContext context;

  BatchEmbedder(Embedder embedder, EmbedderContext context) {
    this.embedder = embedder;
    this.version = embedder.version();
    this.context = context;
  }

  /**
   * Embeds a batch. Records are added in the log's order, so that of an image and its tombstone the
   * later one stays.
   *
   * @param refresh whether this is part of a re-embedding, which no trace is told of: it may come
   *     long after and for all images at once
   * @return nanoseconds that the network took for the embeddings
   */
  long embed(
      List<PendingImage> batch,
      boolean refresh,
      List<ProducerRecord<byte[], byte[]>> records,
      Map<TopicPartition, BatchCounts> counts) {
    var spans = new IdentityHashMap<PendingImage, ImageTracer.Span>();
    for (PendingImage image : batch) {
      if (!refresh && !image.isTombstone()) {
        spans.put(
            image,
            context
                .propagation()
                .tracer()
                .begin(ImageTracer.Step.EMBED, image.record().key(), image.record().headers()));
      }
    }
    try {
      return embed(batch, records, counts, spans);
    } finally {
      spans.values().forEach(ImageTracer.Span::close);
    }
  }

  private long embed(
      List<PendingImage> batch,
      List<ProducerRecord<byte[], byte[]>> records,
      Map<TopicPartition, BatchCounts> counts,
      Map<PendingImage, ImageTracer.Span> spans) {
    List<PendingImage> decoded = new ArrayList<>();
    List<float[]> inputs = new ArrayList<>();
    for (PendingImage image : batch) {
      float[] input = input(image);
      if (input != null) {
        decoded.add(image);
        inputs.add(input);
      }
    }
    long from = System.nanoTime();
    List<@Nullable Embedding> vectors = inputs.isEmpty() ? List.of() : embedder.embedInputs(inputs);
    long embedNanos = System.nanoTime() - from;
    List<Targets> targets =
        inputs.isEmpty() || !givesTargets() ? List.of() : embedder.targets(inputs);
    var vectorOf = new IdentityHashMap<PendingImage, Embedding>();
    var targetsOf = new IdentityHashMap<PendingImage, Targets>();
    for (int i = 0; i < decoded.size(); i++) {
      Embedding vector = vectors.get(i);
      if (vector == null) {
        context.metrics().unembeddable(ServingMetrics.Cause.NOT_FINITE);
        log.warn("{}: the features of {} have no direction", version, decoded.get(i));
      } else {
        vectorOf.put(decoded.get(i), vector);
        if (!targets.isEmpty()) {
          targetsOf.put(decoded.get(i), targets.get(i));
        }
      }
    }
    var tombstones = new TombstoneFanOut(version.version(), context);
    for (PendingImage image : batch) {
      BatchCounts count = counts.computeIfAbsent(image.partition(), p -> new BatchCounts());
      Embedding vector = vectorOf.get(image);
      if (image.isTombstone()) {
        count.forgotten++;
        tombstones.add(image, records);
      } else if (vector == null) {
        count.unembeddable++;
        spanOf(image, spans).failed("it could not be embedded; the log says why");
      } else {
        count.embedded++;
        add(image, vector, targetsOf.get(image), spanOf(image, spans), records);
      }
    }
    return embedNanos;
  }

  private void add(
      PendingImage image,
      Embedding vector,
      @Nullable Targets targets,
      ImageTracer.Span span,
      List<ProducerRecord<byte[], byte[]>> records) {
    EmbeddingPublisher publisher = context.publisher();
    ProducerRecord<byte[], byte[]> embedding =
        OutgoingRecords.embedding(
            publisher.embeddingsTopic(),
            publisher.embeddingPartitions(),
            version,
            embedder.preprocessingHash(),
            image.record(),
            context.propagation().headers(),
            vector);
    span.continueIn(embedding.headers());
    records.add(embedding);
    if (targets != null) {
      ProducerRecord<byte[], byte[]> target =
          OutgoingRecords.targets(
              context.targetsTopic(),
              publisher.embeddingPartitions(),
              version,
              image.record(),
              context.propagation().headers(),
              targets);
      span.continueIn(target.headers());
      records.add(target);
    }
  }

  private static ImageTracer.Span spanOf(
      PendingImage image, Map<PendingImage, ImageTracer.Span> spans) {
    return spans.getOrDefault(image, ImageTracer.Span.NONE);
  }

  // Only the promoted release's: targets of an older one must not come after them.
  private boolean givesTargets() {
    return context.settings().targets()
        && context.promotedVersion().getAsLong() == version.version();
  }

  private float @Nullable [] input(PendingImage image) {
    DecodePool.Input input = image.input();
    if (input == null) {
      return null;
    }
    DecodeOutcome.Rejected rejected = input.rejected();
    if (rejected == null) {
      return input.values();
    }
    context.metrics().unembeddable(ServingMetrics.Cause.NOT_DECODED);
    log.warn(
        "{}: {} is accepted but not decodable here: {} {}",
        version,
        image,
        rejected.reason(),
        rejected.detail());
    return null;
  }
}
