package io.millrace.serving.kafka;

import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.ingest.stream.ImageId;
import io.millrace.ingest.stream.PropagatedHeaders;
import io.millrace.serving.client.EmbeddingRecords;
import io.millrace.serving.client.Targets;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;

/** Makes the records of {@code embeddings} and {@code targets} that an image gets. */
final class OutgoingRecords {
  private OutgoingRecords() {}

  static ProducerRecord<byte[], byte[]> embedding(
      String topic,
      int partitions,
      ModelVersion model,
      String preprocessingHash,
      ConsumerRecord<byte[], byte[]> image,
      PropagatedHeaders propagated,
      Embedding embedding) {
    String id = ImageId.decode(image.key());
    var record =
        new ProducerRecord<>(
            topic,
            EmbeddingRecords.partitionOf(id, partitions),
            image.timestamp() < 0 ? null : (Long) image.timestamp(),
            EmbeddingRecords.bytes(EmbeddingRecords.key(id, model.version())),
            embedding.littleEndian());
    Headers headers = record.headers();
    add(headers, EmbeddingRecords.MODEL_ID, model.model());
    add(headers, EmbeddingRecords.MODEL_VERSION, Long.toString(model.version()));
    add(headers, EmbeddingRecords.DIM, Integer.toString(embedding.dim()));
    add(headers, EmbeddingRecords.DTYPE, EmbeddingRecords.FLOAT32);
    add(headers, EmbeddingRecords.NORM, Double.toString(embedding.norm()));
    add(headers, EmbeddingRecords.PREPROC_HASH, preprocessingHash);
    add(headers, EmbeddingRecords.SOURCE_TOPIC, image.topic());
    add(headers, EmbeddingRecords.SOURCE_PARTITION, Integer.toString(image.partition()));
    add(headers, EmbeddingRecords.SOURCE_OFFSET, Long.toString(image.offset()));
    addOrigin(headers, image, propagated);
    addIfThere(headers, ImageHeaders.CE_LABEL, image);
    return record;
  }

  /** What the image's producer said that travels. */
  private static void addOrigin(
      Headers headers, ConsumerRecord<byte[], byte[]> image, PropagatedHeaders propagated) {
    addIfThere(headers, ImageHeaders.CE_SOURCE, image);
    // Ingest has counted what stays behind; what an earlier one let through is no news.
    propagated.copy(image.headers(), headers, (name, why) -> {});
  }

  /** Targets under the plain image id, so that a stream of tasks by image id joins them. */
  static ProducerRecord<byte[], byte[]> targets(
      String topic,
      int partitions,
      ModelVersion model,
      ConsumerRecord<byte[], byte[]> image,
      PropagatedHeaders propagated,
      Targets targets) {
    var record =
        new ProducerRecord<>(
            topic,
            EmbeddingRecords.partitionOf(ImageId.decode(image.key()), partitions),
            image.timestamp() < 0 ? null : (Long) image.timestamp(),
            image.key(),
            targets.littleEndian());
    Headers headers = record.headers();
    add(headers, EmbeddingRecords.MODEL_ID, model.model());
    add(headers, EmbeddingRecords.MODEL_VERSION, Long.toString(model.version()));
    add(headers, EmbeddingRecords.LAYOUT, targets.layout());
    add(headers, EmbeddingRecords.DTYPE, EmbeddingRecords.FLOAT32);
    addOrigin(headers, image, propagated);
    return record;
  }

  private static void addIfThere(
      Headers headers, String name, ConsumerRecord<byte[], byte[]> image) {
    String value = HeaderText.get(image.headers(), name);
    if (value != null) {
      add(headers, name, value);
    }
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(name, EmbeddingRecords.bytes(value));
  }
}
