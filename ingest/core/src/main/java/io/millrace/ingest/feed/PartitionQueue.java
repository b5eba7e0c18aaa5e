package io.millrace.ingest.feed;

import java.util.ArrayDeque;
import java.util.Deque;

/** One partition's records in offset order, read but not yet taken. */
final class PartitionQueue {
  private final Deque<FeedRecord> waiting = new ArrayDeque<>();
  private long nextOffset;
  private int leaderEpoch;
  private long readTo;
  private int readEpoch;
  private long bytes;

  PartitionQueue(PartitionPosition start) {
    nextOffset = start.nextOffset();
    leaderEpoch = start.leaderEpoch();
    readTo = nextOffset;
    readEpoch = leaderEpoch;
  }

  void add(FeedRecord next) {
    if (next.offset() < readTo) {
      throw new IllegalStateException(
          "offset " + next.offset() + " came after the partition was read to " + readTo);
    }
    waiting.add(next);
    bytes += next.size();
    readTo = next.offset() + 1;
    readEpoch = next.leaderEpoch();
  }

  /**
   * The partition is read to here, with nothing but transaction markers, aborted records and
   * compacted ones since the last record.
   */
  void readTo(long offset, int epoch) {
    if (offset > readTo) {
      readTo = offset;
      readEpoch = epoch >= 0 ? epoch : readEpoch;
    }
    settle();
  }

  FeedRecord take() {
    FeedRecord taken = waiting.remove();
    bytes -= taken.size();
    nextOffset = taken.offset() + 1;
    leaderEpoch = taken.leaderEpoch();
    settle();
    return taken;
  }

  private void settle() {
    if (waiting.isEmpty()) {
      nextOffset = readTo;
      leaderEpoch = readEpoch;
    }
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Image bytes waiting. */
  long bytes() {
    return bytes;
  }

  /** The offset that the next fetch asks for. */
  long readTo() {
    return readTo;
  }

  PartitionPosition position() {
    return new PartitionPosition(nextOffset, leaderEpoch);
  }
}
