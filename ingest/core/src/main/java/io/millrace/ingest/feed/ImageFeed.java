package io.millrace.ingest.feed;

import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Batches of accepted images with their next offsets. Takes records round-robin by partition and
 * offset, never by poll timing, so one log always gives the same batches. Used by one thread. It
 * never decides when to commit.
 */
public interface ImageFeed extends AutoCloseable {
  /**
   * Goes to a position before the first {@link #next}.
   *
   * @throws PositionMismatchException when it belongs to another cluster or a re-created topic
   */
  void seek(FeedPosition position);

  /**
   * The next batch.
   *
   * @param size images wanted
   * @param wait how long to wait for them; it returns after twice as long at most
   * @return a full batch; or, when every partition is read to its end and nothing came for {@code
   *     wait}, what there is; or null when there is nothing, or images still trickle in: these stay
   *     for the next call
   */
  @Nullable FeedBatch next(int size, Duration wait);

  /**
   * Ends the waiting of {@link #next} soon, for good: the feed is about to be closed. May be called
   * from any thread.
   */
  void stopWaiting();

  /** Records between this feed's position and the log's end; empty before it is known. */
  OptionalLong lag();

  /**
   * Tells Kafka how far the learner is, to show lag by; where to go on only a checkpoint says. A
   * no-op in memory.
   */
  void showProgress(FeedPosition position);

  @Override
  void close();
}
