package io.millrace.ingest.feed;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes records from partitions in turn, one each, in offset order. A partition loses its turn only
 * when it is read to its end: else the round waits for it. So what comes out depends on the log and
 * on where the round starts, never on when which partition was fetched.
 */
final class RoundRobin {
  /** A batch ends here too, that a log of nothing but tombstones stays bounded. */
  static final int MOST_FORGOTTEN = 4096;

  private final RecentHashes recent;
  private final NavigableMap<Integer, PartitionQueue> partitions = new TreeMap<>();
  private int turn;

  private final Set<String> forgotten = new LinkedHashSet<>();
  private final List<FeedImage> images = new ArrayList<>();
  private int duplicates;
  private int tombstones;
  private int withdrawn;
  private long gaps;

  RoundRobin(FeedPosition start, int duplicateWindow) {
    recent = new RecentHashes(duplicateWindow, start.seen());
    turn = start.turn();
  }

  /** Adds a partition that begins at a position. */
  void open(int partition, PartitionPosition at) {
    partitions.put(partition, new PartitionQueue(at));
  }

  /** Partitions in the round. */
  Set<Integer> partitions() {
    return partitions.keySet();
  }

  /** A record of a partition, in offset order. */
  void offer(int partition, FeedRecord next) {
    queue(partition).add(next);
  }

  /** A partition is read to an offset, records or not. */
  void readTo(int partition, long offset, int leaderEpoch) {
    queue(partition).readTo(offset, leaderEpoch);
  }

  /** Retention removed records before they were read: the partition goes on at its log's start. */
  void skip(int partition, long logStart) {
    PartitionQueue queue = queue(partition);
    gaps += Math.max(0, logStart - queue.readTo());
    queue.readTo(logStart, -1);
  }

  /** The offset that a partition's next fetch asks for. */
  long readTo(int partition) {
    return queue(partition).readTo();
  }

  /** Whether records of a partition wait for their turn. */
  boolean waits(int partition) {
    return !queue(partition).isEmpty();
  }

  /** Image bytes that wait for their turn. */
  long waitingBytes() {
    return partitions.values().stream().mapToLong(PartitionQueue::bytes).sum();
  }

  /**
   * Takes what is there, to at most {@code size} images.
   *
   * @param atEnd whether a partition with nothing waiting is read to its current end
   * @return whether a batch is full
   */
  boolean fill(int size, IntPredicate atEnd) {
    while (!isFull(size)) {
      Map.Entry<Integer, PartitionQueue> next = nextInTurn(atEnd);
      if (next == null) {
        return false;
      }
      apply(next.getKey(), next.getValue().take());
      turn = next.getKey() + 1;
    }
    return true;
  }

  private boolean isFull(int size) {
    return images.size() >= size || forgotten.size() >= MOST_FORGOTTEN;
  }

  private Map.@Nullable Entry<Integer, PartitionQueue> nextInTurn(IntPredicate atEnd) {
    Map.Entry<Integer, PartitionQueue> candidate = from(turn);
    for (int i = 0; i < partitions.size(); i++) {
      if (!candidate.getValue().isEmpty()) {
        return candidate;
      }
      if (!atEnd.test(candidate.getKey())) {
        return null;
      }
      candidate = from(candidate.getKey() + 1);
    }
    return null;
  }

  private Map.Entry<Integer, PartitionQueue> from(int partition) {
    Map.Entry<Integer, PartitionQueue> entry = partitions.ceilingEntry(partition);
    return entry != null ? entry : partitions.firstEntry();
  }

  private void apply(int partition, FeedRecord record) {
    byte[] bytes = record.bytes();
    if (bytes == null) {
      int before = images.size();
      images.removeIf(image -> withdraws(record, image));
      record.span().close();
      withdrawn += before - images.size();
      tombstones++;
      forgotten.add(record.id());
    } else if (recent.add(record.hash())) {
      images.add(
          new FeedImage(
              record.id(),
              bytes,
              partition,
              record.offset(),
              record.timestampMillis(),
              record.span()));
    } else {
      record.span().failed("its bytes came lately");
      record.span().close();
      duplicates++;
    }
  }

  private static boolean withdraws(FeedRecord tombstone, FeedImage image) {
    boolean same = image.id().equals(tombstone.id());
    if (same) {
      image.span().failed("a tombstone took it back");
      image.span().close();
    }
    return same;
  }

  /** Whether anything was taken, or lost, since the last batch. */
  boolean hasNews() {
    return !images.isEmpty() || !forgotten.isEmpty() || duplicates > 0 || gaps > 0;
  }

  /** What was taken since the last batch, and the position after it. */
  FeedBatch batch(String clusterId, String topicId) {
    FeedBatch batch =
        new FeedBatch(
            List.copyOf(forgotten),
            images,
            position(clusterId, topicId),
            duplicates,
            gaps,
            tombstones,
            withdrawn);
    forgotten.clear();
    images.clear();
    duplicates = 0;
    tombstones = 0;
    withdrawn = 0;
    gaps = 0;
    return batch;
  }

  private FeedPosition position(String clusterId, String topicId) {
    int next = partitions.isEmpty() ? 0 : from(turn).getKey();
    return new FeedPosition(clusterId, topicId, positions(), next, recent.window());
  }

  /** Where each partition goes on after what was taken; the map belongs to the caller. */
  Map<Integer, PartitionPosition> positions() {
    Map<Integer, PartitionPosition> positions = new HashMap<>();
    partitions.forEach((partition, queue) -> positions.put(partition, queue.position()));
    return positions;
  }

  private PartitionQueue queue(int partition) {
    PartitionQueue queue = partitions.get(partition);
    if (queue == null) {
      throw new IllegalStateException("partition " + partition + " is not in the round");
    }
    return queue;
  }
}
