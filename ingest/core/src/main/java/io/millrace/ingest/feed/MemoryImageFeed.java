package io.millrace.ingest.feed;

import io.millrace.ingest.stream.ImageTracer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A feed over a log in memory, with the meaning of the Kafka feed. {@link #append} and {@link
 * #forget} may be called by any thread, the rest by one.
 */
public final class MemoryImageFeed implements ImageFeed {
  private final int duplicateWindow;
  private final List<List<FeedRecord>> log = new ArrayList<>();
  private RoundRobin round;
  private FeedPosition delivered = FeedPosition.start();
  private boolean waitsNoMore;

  /** One partition, and the default window of duplicates. */
  public MemoryImageFeed() {
    this(1, FeedSettings.defaults().duplicateWindow());
  }

  /**
   * @param partitions of the log
   * @param duplicateWindow content hashes remembered
   */
  public MemoryImageFeed(int partitions, int duplicateWindow) {
    this.duplicateWindow = duplicateWindow;
    for (int i = 0; i < partitions; i++) {
      log.add(new ArrayList<>());
    }
    round = roundAt(delivered);
  }

  /** Appends an image to partition 0. */
  public void append(String id, byte[] bytes) {
    append(0, id, bytes);
  }

  /** Appends an image to a partition; its record time is its offset. */
  public synchronized void append(int partition, String id, byte[] bytes) {
    long offset = log.get(partition).size();
    log.get(partition)
        .add(
            new FeedRecord(
                id,
                bytes,
                FeedRecord.hash(bytes, null),
                offset,
                -1,
                offset,
                ImageTracer.Span.NONE));
    notifyAll();
  }

  /** Appends a tombstone to partition 0. */
  public void forget(String id) {
    forget(0, id);
  }

  /** Appends a tombstone to a partition. */
  public synchronized void forget(int partition, String id) {
    long offset = log.get(partition).size();
    log.get(partition).add(new FeedRecord(id, null, 0, offset, -1, offset, ImageTracer.Span.NONE));
    notifyAll();
  }

  @Override
  public synchronized void seek(FeedPosition position) {
    position
        .partitions()
        .forEach(
            (partition, at) -> {
              if (partition >= log.size() || at.nextOffset() > log.get(partition).size()) {
                throw new PositionMismatchException(
                    "the position is offset %d of partition %d, this log in memory has %s"
                        .formatted(
                            at.nextOffset(),
                            partition,
                            partition >= log.size()
                                ? log.size() + " partitions"
                                : log.get(partition).size() + " records there"));
              }
            });
    delivered = position;
    round = roundAt(position);
  }

  private RoundRobin roundAt(FeedPosition position) {
    RoundRobin fresh = new RoundRobin(position, duplicateWindow);
    PartitionPosition start = new PartitionPosition(0, -1);
    for (int p = 0; p < log.size(); p++) {
      fresh.open(p, position.partitions().getOrDefault(p, start));
    }
    return fresh;
  }

  @Override
  public synchronized @Nullable FeedBatch next(int size, Duration wait) {
    long begin = System.nanoTime();
    long quietSince = begin;
    while (true) {
      if (read()) {
        quietSince = System.nanoTime();
      }
      boolean full = round.fill(size, partition -> true);
      long left = wait.toNanos() - (System.nanoTime() - quietSince);
      if (full || left <= 0) {
        return full || round.hasNews() ? deliver() : null;
      }
      if (waitsNoMore || System.nanoTime() - begin > 2 * wait.toNanos()) {
        return null;
      }
      try {
        wait(left / 1_000_000, (int) (left % 1_000_000));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return null;
      }
    }
  }

  @Override
  public synchronized void stopWaiting() {
    waitsNoMore = true;
    notifyAll();
  }

  private boolean read() {
    boolean any = false;
    for (int p : round.partitions()) {
      List<FeedRecord> records = log.get(p);
      for (long o = round.readTo(p); o < records.size(); o++) {
        round.offer(p, records.get((int) o));
        any = true;
      }
    }
    return any;
  }

  private FeedBatch deliver() {
    FeedBatch batch = round.batch("", "");
    delivered = batch.next();
    return batch;
  }

  @Override
  public synchronized OptionalLong lag() {
    long lag = 0;
    for (int p = 0; p < log.size(); p++) {
      PartitionPosition at = delivered.partitions().get(p);
      lag += log.get(p).size() - (at == null ? 0 : at.nextOffset());
    }
    return OptionalLong.of(lag);
  }

  @Override
  public void showProgress(FeedPosition position) {}

  @Override
  public void close() {}
}
