package io.millrace.learner.stream;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.replay.ReplaySettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How a method learns from a stream and when it is measured. */
public record StreamRunSettings(
    @Doc("images of the stream that are consumed at a time, 1 to batchSize") int streamBatch,
    @Doc("images of a full update: what the stream does not give, replay does") @Range(min = 2)
        int batchSize,
    @Doc(
            "updates for each batch of the stream: one on it, the others from replay, or "
                + "without replay on the same images under new views")
        @Range(min = 1)
        int updatesPerBatch,
    @Doc("what is kept of the stream; null for nothing") @Nullable ReplaySettings replay,
    @Doc("how often it is measured, evenly over the stream; with tasks also at each " + "one's end")
        @Range(min = 1)
        int probes,
    @Doc("time of learning after which the stream ends early; null for none")
        @Nullable Duration time,
    @Doc("images of the monitors' two sets") MonitorSettings monitor) {
  public StreamRunSettings {
    Allowed.check(
        StreamRunSettings.class,
        streamBatch,
        batchSize,
        updatesPerBatch,
        replay,
        probes,
        time,
        monitor);
    if (streamBatch < 1 || streamBatch > batchSize) {
      throw new IllegalArgumentException(
          "streamBatch is " + streamBatch + ": expected 1 to batchSize (" + batchSize + ")");
    }
    if (replay == null && streamBatch < 2) {
      throw new IllegalArgumentException(
          "streamBatch is " + streamBatch + ": expected 2 or more without replay");
    }
    if (replay != null && replay.images() < batchSize) {
      throw new IllegalArgumentException(
          "replay.images is "
              + replay.images()
              + ": expected batchSize ("
              + batchSize
              + ") or more");
    }
    if (time != null && (time.isNegative() || time.isZero())) {
      throw new IllegalArgumentException("time is " + time + ": expected over 0");
    }
  }
}
