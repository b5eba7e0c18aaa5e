package io.millrace.learner.stream;

import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.replay.ReplaySettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a method learns from a stream and when it is measured.
 *
 * @param streamBatch images of the stream that are taken in at a time, 1 to batchSize
 * @param batchSize images of a full update, 2 or more: what the stream does not give, replay does
 * @param updatesPerBatch updates for each batch of the stream, 1 or more: one on it, the others
 *     from replay, or without replay on the same images under new views
 * @param replay what is kept of the stream; null for nothing
 * @param probes how often it is measured, evenly over the stream, 1 or more; with tasks also at
 *     each one's end
 * @param time time of learning after which the stream ends early; null for none
 * @param monitor images of the monitors' two sets
 */
public record StreamRunSettings(
    int streamBatch,
    int batchSize,
    int updatesPerBatch,
    @Nullable ReplaySettings replay,
    int probes,
    @Nullable Duration time,
    MonitorSettings monitor) {
  public StreamRunSettings {
    if (batchSize < 2) {
      throw new IllegalArgumentException("batchSize is " + batchSize + ": expected 2 or more");
    }
    if (streamBatch < 1 || streamBatch > batchSize) {
      throw new IllegalArgumentException(
          "streamBatch is " + streamBatch + ": expected 1 to batchSize (" + batchSize + ")");
    }
    if (replay == null && streamBatch < 2) {
      throw new IllegalArgumentException(
          "streamBatch is " + streamBatch + ": expected 2 or more without replay");
    }
    if (updatesPerBatch < 1) {
      throw new IllegalArgumentException(
          "updatesPerBatch is " + updatesPerBatch + ": expected 1 or more");
    }
    if (replay != null && replay.images() < batchSize) {
      throw new IllegalArgumentException(
          "replay.images is "
              + replay.images()
              + ": expected batchSize ("
              + batchSize
              + ") or more");
    }
    if (probes < 1) {
      throw new IllegalArgumentException("probes is " + probes + ": expected 1 or more");
    }
    if (time != null && (time.isNegative() || time.isZero())) {
      throw new IllegalArgumentException("time is " + time + ": expected over 0");
    }
  }
}
