package io.millrace.serving.kafka;

import io.millrace.serving.client.EmbeddingRecords;
import io.millrace.serving.client.RefreshRecord;
import io.millrace.serving.embed.ModelVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a version's embedder is in each of its partitions: what was committed, what is announced
 * on {@code embedding.refresh}, and where a partition goes on that is taken over.
 */
final class RefreshProgress {
  private static final Logger log = LoggerFactory.getLogger(RefreshProgress.class);

  private final ModelVersion version;
  private final Consumer<byte[], byte[]> consumer;
  private final PendingImages images;
  private final EmbedderContext context;
  private final Map<TopicPartition, RefreshRecord> records = new HashMap<>();
  private final Set<TopicPartition> unannounced = new HashSet<>();
  private final Map<TopicPartition, Long> announcedAt = new HashMap<>();
  private final Map<TopicPartition, Long> lastStretches = new HashMap<>();
  private long promotion;

  RefreshProgress(
      ModelVersion version,
      Consumer<byte[], byte[]> consumer,
      PendingImages images,
      long promotion,
      EmbedderContext context) {
    this.version = version;
    this.consumer = consumer;
    this.images = images;
    this.promotion = promotion;
    this.context = context;
  }

  long promotion() {
    return promotion;
  }

  /** Goes on under another promotion: the end is captured anew. */
  void restartFor(long newPromotion) {
    promotion = newPromotion;
    take(new ArrayList<>(records.keySet()));
  }

  Set<TopicPartition> partitions() {
    return records.keySet();
  }

  boolean isComplete() {
    return records.values().stream().allMatch(RefreshRecord::complete);
  }

  /** Whether there is something to announce, even without a batch. */
  boolean hasNews() {
    return !unannounced.isEmpty()
        || records.entrySet().stream()
            .anyMatch(
                p -> !p.getValue().complete() && images.next(p.getKey()) >= p.getValue().end());
  }

  /**
   * Adds what is to be announced of this batch.
   *
   * @param counts what became of the batch's records
   * @return the records as they are once the batch is committed, of the partitions that moved on
   */
  Map<TopicPartition, RefreshRecord> advance(
      Map<TopicPartition, BatchCounts> counts, List<ProducerRecord<byte[], byte[]>> out) {
    long now = context.clock().millis();
    var advanced = new HashMap<TopicPartition, RefreshRecord>();
    records.forEach(
        (partition, before) -> {
          boolean first = unannounced.contains(partition);
          long next = images.next(partition);
          if (!first && next == before.position()) {
            return;
          }
          if (first) {
            announce(partition, before, now, out);
          }
          BatchCounts c = counts.getOrDefault(partition, new BatchCounts());
          RefreshRecord after =
              before.advancedTo(
                  next,
                  endOf(partition, before, next),
                  c.embedded,
                  c.forgotten,
                  c.unembeddable,
                  now);
          advanced.put(partition, after);
          if (!before.complete() && (after.complete() || announcementIsDue(partition, now))) {
            announce(partition, after, now, out);
          }
        });
    return advanced;
  }

  private void announce(
      TopicPartition partition,
      RefreshRecord record,
      long now,
      List<ProducerRecord<byte[], byte[]>> out) {
    out.add(
        new ProducerRecord<>(
            context.refreshTopic(), EmbeddingRecords.bytes(record.key()), record.bytes()));
    announcedAt.put(partition, now);
  }

  private boolean announcementIsDue(TopicPartition partition, long now) {
    return now - announcedAt.getOrDefault(partition, 0L)
        >= context.settings().progressEvery().toMillis();
  }

  /**
   * The end of a partition's re-embedding: at first what was there when it began. An embedder that
   * stopped there would serve without what came meanwhile. So the end moves on to what is there
   * now, while that is worth it (more than this partition's share of a batch) and gets less (half
   * of the stretch before, or the live images come too fast to catch up with).
   */
  private long endOf(TopicPartition partition, RefreshRecord refresh, long next) {
    if (refresh.complete() || next < refresh.end()) {
      return refresh.end();
    }
    long newest = consumer.position(partition) + consumer.currentLag(partition).orElse(0);
    long before = lastStretches.getOrDefault(partition, refresh.end() - refresh.start());
    boolean isWorthIt = newest - next > context.settings().batch() / records.size();
    return isWorthIt && newest - refresh.end() <= before / 2 ? newest : refresh.end();
  }

  /** What {@link #advance} gave is committed. */
  void committed(Map<TopicPartition, RefreshRecord> advanced) {
    advanced.forEach(
        (partition, after) -> {
          RefreshRecord before = records.put(partition, after);
          if (before != null && after.end() > before.end()) {
            lastStretches.put(partition, after.end() - before.end());
          }
        });
    unannounced.clear();
  }

  /** Goes back to what was committed last. */
  void rewind() {
    images.clear();
    records.forEach((partition, record) -> consumer.seek(partition, record.position()));
  }

  /** Takes partitions over from wherever their last owner's transaction left them. */
  void take(Collection<TopicPartition> partitions) {
    if (partitions.isEmpty()) {
      return;
    }
    drop(partitions);
    Set<TopicPartition> taken = new HashSet<>(partitions);
    Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(taken);
    Map<TopicPartition, Long> begin = consumer.beginningOffsets(taken);
    Map<TopicPartition, Long> end = consumer.endOffsets(taken);
    int all = consumer.partitionsFor(context.acceptedTopic()).size();
    for (TopicPartition partition : taken) {
      take(partition, committed.get(partition), begin.get(partition), end.get(partition), all);
    }
  }

  private void take(
      TopicPartition partition,
      @Nullable OffsetAndMetadata committed,
      long begin,
      long end,
      int partitions) {
    RefreshRecord known = committed == null ? null : known(partition, committed, end);
    if (known == null) {
      consumer.seek(partition, begin);
      records.put(partition, started(partition, begin, end, partitions));
      unannounced.add(partition);
      return;
    }
    consumer.seek(partition, known.position());
    if (known.position() < begin) {
      images.skipGap(partition, known.position(), begin);
    }
    if (known.promotion() == promotion) {
      records.put(partition, known);
    } else {
      records.put(partition, known.restarted(promotion, partitions, end, context.clock().millis()));
      unannounced.add(partition);
    }
  }

  private @Nullable RefreshRecord known(
      TopicPartition partition, OffsetAndMetadata committed, long end) {
    if (committed.offset() > end) {
      log.warn(
          "{}: position {} of {} is beyond its end {}: the topic was made again; starting over",
          version,
          committed.offset(),
          partition,
          end);
      return null;
    }
    try {
      RefreshRecord record =
          RefreshRecord.parse(committed.metadata().getBytes(StandardCharsets.UTF_8));
      if (!record.log().isEmpty() && !record.log().equals(context.acceptedId())) {
        log.warn(
            "{}: position {} of {} is in the topic {}, and now it is {}: it was made again;"
                + " starting over",
            version,
            committed.offset(),
            partition,
            record.log(),
            context.acceptedId());
        return null;
      }
      return record.at(committed.offset(), context.acceptedId());
    } catch (IOException e) {
      log.warn(
          "{}: the position of {} tells nothing of its re-embedding; starting over",
          version,
          partition);
      return null;
    }
  }

  private RefreshRecord started(TopicPartition partition, long begin, long end, int partitions) {
    return new RefreshRecord(
        version.model(),
        version.version(),
        partition.partition(),
        partitions,
        promotion,
        RefreshRecord.State.STARTED,
        begin,
        end,
        begin,
        0,
        0,
        0,
        0,
        context.clock().millis(),
        context.acceptedId());
  }

  /** Gives partitions up, with what was read of them. */
  void drop(Collection<TopicPartition> partitions) {
    images.drop(partitions);
    Set.copyOf(partitions)
        .forEach(
            partition -> {
              records.remove(partition);
              unannounced.remove(partition);
              announcedAt.remove(partition);
              lastStretches.remove(partition);
            });
  }
}
