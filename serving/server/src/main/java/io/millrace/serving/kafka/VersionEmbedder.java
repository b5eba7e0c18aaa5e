package io.millrace.serving.kafka;

import io.millrace.serving.client.RefreshRecord;
import io.millrace.serving.embed.Embedder;
import io.millrace.serving.embed.ModelVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A version and its positions. It reads {@code images.accepted} from the log's start, or from where
 * the version's consumer group got to, and never ends: whether it re-embeds or serves live images
 * follows from its position. Every batch commits its embeddings, its positions and its re-embedding
 * records in one transaction.
 *
 * <p>{@link PendingImages} reads, {@link BatchEmbedder} makes the records, {@link RefreshProgress}
 * knows the positions; here is the transaction.
 */
final class VersionEmbedder implements AutoCloseable {
  private final Embedder embedder;
  private final ModelVersion version;
  private final Consumer<byte[], byte[]> consumer;
  private final EmbedderContext context;
  private final PendingImages pending;
  private final RefreshProgress progress;
  private final BatchEmbedder batches;
  private long embedded;
  private long forgotten;
  private long unembeddable;

  /**
   * Joins the version's consumer group.
   *
   * @param embedder closed with this
   * @param consumer closed with this
   * @param promotion number of the promotion that this embedder answers
   */
  VersionEmbedder(
      Embedder embedder,
      Consumer<byte[], byte[]> consumer,
      long promotion,
      EmbedderContext context) {
    this.embedder = embedder;
    this.version = embedder.version();
    this.consumer = consumer;
    this.context = context;
    this.pending = new PendingImages(embedder, consumer, context);
    this.progress = new RefreshProgress(version, consumer, pending, promotion, context);
    this.batches = new BatchEmbedder(embedder, context);
    consumer.subscribe(List.of(context.acceptedTopic()), new Assignment());
  }

  /**
   * The consumer group whose committed offsets are a version's positions. They belong to one
   * embeddings topic: one that was made again is filled from the log's start.
   *
   * @param embeddingsId id of that topic
   */
  static String group(String prefix, ModelVersion version, String embeddingsId) {
    return prefix + "embedder." + version.model() + ".v" + version.version() + "." + embeddingsId;
  }

  ModelVersion version() {
    return version;
  }

  long promotion() {
    return progress.promotion();
  }

  /** Goes on under another promotion of the same version: the end is captured anew. */
  void restartFor(long promotion) {
    progress.restartFor(promotion);
  }

  /** Whether this process owns the partition, as one that no other process then does. */
  boolean owns(int partition) {
    return progress.partitions().contains(new TopicPartition(context.acceptedTopic(), partition));
  }

  /** Embeddings published since this embedder began. */
  long embedded() {
    return embedded;
  }

  /** Images forgotten since this embedder began. */
  long forgotten() {
    return forgotten;
  }

  /** Images that could not be embedded since this embedder began. */
  long unembeddable() {
    return unembeddable;
  }

  /** Records that were not embedded yet, as far as is known. */
  long lag() {
    long lag = pending.size();
    for (TopicPartition partition : progress.partitions()) {
      lag += consumer.currentLag(partition).orElse(0);
    }
    return lag;
  }

  /**
   * Reads what there is and publishes one transaction of it: a batch, or a few where they are
   * quick.
   *
   * @param wait how long to wait for records when none wait here already
   * @param waitForMore how long to wait for further ones once there are some: after a pause the
   *     first answer has only what was there when the broker was asked, before the pause
   * @return whether anything was published
   */
  boolean runOnce(Duration wait, Duration waitForMore) {
    boolean ready = pending.read(wait, waitForMore);
    return (ready || progress.hasNews()) && publish(ready);
  }

  private boolean publish(boolean images) {
    long from = System.nanoTime();
    var counts = new HashMap<TopicPartition, BatchCounts>();
    boolean refresh = !progress.isComplete();
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    long embedNanos = 0;
    long oldest = Long.MAX_VALUE;
    // A transaction costs as much for one batch as for a few.
    long until = context.clock().millis() + context.settings().linger().toMillis() / 2;
    for (boolean more = images; more; ) {
      List<PendingImage> batch = pending.takeBatch();
      embedNanos += batches.embed(batch, refresh, records, counts);
      for (PendingImage image : batch) {
        oldest = Math.min(oldest, image.record().timestamp());
      }
      more = pending.isBatch() && context.clock().millis() < until;
    }
    int tombstones = (int) records.stream().filter(r -> r.value() == null).count();
    Map<TopicPartition, RefreshRecord> advanced = progress.advance(counts, records);
    if (!context.publisher().publish(records, offsets(advanced), consumer.groupMetadata())) {
      context.metrics().aborted();
      progress.rewind();
      return false;
    }
    progress.committed(advanced);
    int vectors = 0;
    for (BatchCounts c : counts.values()) {
      vectors += c.embedded;
      forgotten += c.forgotten;
      unembeddable += c.unembeddable;
    }
    embedded += vectors;
    long age = oldest == Long.MAX_VALUE || oldest < 0 ? 0 : context.clock().millis() - oldest;
    context
        .metrics()
        .published(
            new ServingMetrics.Batch(
                version.version(),
                refresh,
                vectors,
                tombstones,
                embedNanos,
                System.nanoTime() - from,
                Math.max(0, age)));
    return true;
  }

  private static Map<TopicPartition, OffsetAndMetadata> offsets(
      Map<TopicPartition, RefreshRecord> advanced) {
    var out = new HashMap<TopicPartition, OffsetAndMetadata>();
    advanced.forEach(
        (partition, record) ->
            out.put(
                partition,
                new OffsetAndMetadata(record.position(), Optional.empty(), record.json())));
    return out;
  }

  /** Runs inside a poll, when no transaction is open. */
  private final class Assignment implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      progress.take(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      progress.drop(partitions);
    }
  }

  /** Leaves the group. What was read but not published is read again by the next member. */
  @Override
  public void close() {
    try (embedder) {
      // A static member stays by default, and nobody could take over or retire its version.
      consumer.close(
          CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    }
  }
}
