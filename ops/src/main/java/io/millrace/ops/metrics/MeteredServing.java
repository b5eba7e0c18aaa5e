package io.millrace.ops.metrics;

import io.millrace.serving.kafka.ServingMetrics;
import io.millrace.serving.kafka.ServingStatus;
import java.util.List;
import java.util.Locale;

/** What the serving role counts, as meters. */
public final class MeteredServing implements ServingMetrics {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Meters meters;

  public MeteredServing(Meters meters) {
    this.meters = meters;
    meters.count(Meter.SERVING_ABORTED, 0);
    meters.count(Meter.SERVING_NOT_LOADED, 0);
    meters.count(Meter.SERVING_GAPS, 0);
    meters.count(Meter.SERVING_RETIRED, 0);
    for (Cause cause : Cause.values()) {
      meters.count(Meter.UNEMBEDDABLE, 0, word(cause));
    }
    for (String refresh : List.of("true", "false")) {
      meters.count(Meter.EMBEDDED, 0, refresh);
    }
    meters.declare(Meter.END_TO_END);
  }

  @Override
  public void published(Batch batch) {
    meters.count(Meter.EMBEDDED, batch.embeddings(), Boolean.toString(batch.refresh()));
    meters.time(Meter.EMBED_TIME, batch.embedNanos());
    meters.time(Meter.SERVING_BATCH_TIME, batch.totalNanos());
    if (!batch.refresh()) {
      meters.time(Meter.END_TO_END, batch.oldestMillis() * NANOS_PER_MILLI);
    }
  }

  @Override
  public void unembeddable(Cause cause) {
    meters.count(Meter.UNEMBEDDABLE, 1, word(cause));
  }

  private static String word(Cause cause) {
    return cause.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void gap(long version, long records) {
    meters.count(Meter.SERVING_GAPS, records);
  }

  @Override
  public void aborted() {
    meters.count(Meter.SERVING_ABORTED, 1);
  }

  @Override
  public void releaseNotLoaded(long version) {
    meters.count(Meter.SERVING_NOT_LOADED, 1);
  }

  @Override
  public void retired(long version, long keys) {
    meters.count(Meter.SERVING_RETIRED, keys);
  }

  @Override
  public void state(ServingStatus status) {
    meters.set(Meter.SERVING_LAG, status.lag());
    Long live = status.liveVersion();
    meters.set(Meter.SERVING_VERSION, live == null ? Double.NaN : live);
    if (live != null) {
      LogLines.release(live);
    }
    ServingStatus.Refresh refresh = status.refresh();
    meters.set(Meter.REFRESH_SHARE, refresh == null ? Double.NaN : refresh.share());
  }
}
