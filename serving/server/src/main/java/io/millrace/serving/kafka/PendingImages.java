package io.millrace.serving.kafka;

import io.millrace.serving.embed.Embedder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@code images.accepted} for one version: at most three batches ahead, decoding meanwhile.
 */
final class PendingImages {
  private static final Logger log = LoggerFactory.getLogger(PendingImages.class);

  private final Embedder embedder;
  private final Consumer<byte[], byte[]> consumer;
  private final EmbedderContext context;
  private final int batch;
  private final ArrayDeque<PendingImage> queue = new ArrayDeque<>();
  private long oldestSince;
  private long polledAt;

  PendingImages(Embedder embedder, Consumer<byte[], byte[]> consumer, EmbedderContext context) {
    this.embedder = embedder;
    this.consumer = consumer;
    this.context = context;
    this.batch = context.settings().batch();
    this.polledAt = context.clock().millis();
  }

  int size() {
    return queue.size();
  }

  boolean isBatch() {
    return queue.size() >= batch;
  }

  /**
   * Reads what there is.
   *
   * @param wait how long to wait for records when none wait here already
   * @param waitForMore how long to wait for further ones once there are some
   * @return whether a batch is ready: a full one, or one that no more images came for
   */
  boolean read(Duration wait, Duration waitForMore) {
    boolean news = wantsMore() && poll(isBatch() ? Duration.ZERO : wait);
    for (boolean more = news; more && wantsMore(); ) {
      more = poll(isBatch() ? Duration.ZERO : waitForMore);
    }
    long waited = context.clock().millis() - oldestSince;
    return isBatch()
        || !queue.isEmpty() && (!news || waited >= context.settings().linger().toMillis());
  }

  private boolean wantsMore() {
    return queue.size() < 2 * batch;
  }

  private boolean poll(Duration wait) {
    try {
      boolean news = false;
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
        if (record.key() == null) {
          log.warn(
              "{}: {} offset {} has no image id",
              embedder.version(),
              record.partition(),
              record.offset());
          continue;
        }
        add(record);
        news = true;
      }
      polledAt = context.clock().millis();
      return news;
    } catch (OffsetOutOfRangeException e) {
      Map<TopicPartition, Long> positions = e.offsetOutOfRangePartitions();
      Map<TopicPartition, Long> begin = consumer.beginningOffsets(positions.keySet());
      positions.forEach((partition, at) -> skipGap(partition, at, begin.get(partition)));
      return false;
    } catch (FencedInstanceIdException e) {
      throw EmbeddingPublisher.takenOver(context.settings().instance(), e);
    }
  }

  private void add(ConsumerRecord<byte[], byte[]> record) {
    if (queue.isEmpty()) {
      // It may have come right after the poll before: between two batches of the re-embedding a
      // long time.
      oldestSince = polledAt;
    }
    queue.add(
        new PendingImage(
            record,
            record.value() == null ? null : context.decoders().submit(record.value(), embedder)));
  }

  /** Goes on at {@code begin}, where retention has removed what is before it. */
  void skipGap(TopicPartition partition, long at, long begin) {
    log.warn(
        "{}: retention removed offsets {} to {} of {} before they were embedded",
        embedder.version(),
        at,
        begin,
        partition);
    context.metrics().gap(embedder.version().version(), Math.max(0, begin - at));
    consumer.seek(partition, begin);
  }

  /** Takes a batch, or what there is of one. */
  List<PendingImage> takeBatch() {
    List<PendingImage> taken = new ArrayList<>(Math.min(batch, queue.size()));
    while (taken.size() < batch && !queue.isEmpty()) {
      taken.add(queue.poll());
    }
    oldestSince = context.clock().millis();
    return taken;
  }

  /** Where a partition goes on: at the first record that waits here, else where the poll got to. */
  long next(TopicPartition partition) {
    for (PendingImage waiting : queue) {
      if (waiting.partition().equals(partition)) {
        return waiting.record().offset();
      }
    }
    return consumer.position(partition);
  }

  /** Drops what was read of these partitions. */
  void drop(Collection<TopicPartition> partitions) {
    Set<TopicPartition> dropped = Set.copyOf(partitions);
    queue.removeIf(waiting -> dropped.contains(waiting.partition()));
  }

  /** Drops all that was read. */
  void clear() {
    queue.clear();
  }
}
