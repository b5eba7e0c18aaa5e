package io.millrace.ops.metrics;

import io.millrace.ops.tracking.TrackingMetrics;

/** What tracking counts, as a meter. */
public final class MeteredTracking implements TrackingMetrics {
  private final Meters meters;

  public MeteredTracking(Meters meters) {
    this.meters = meters;
    dropped(0, false);
    dropped(0, true);
  }

  @Override
  public void dropped(int points, boolean refused) {
    meters.count(Meter.TRACKING_DROPPED, points, refused ? "refused" : "full");
  }
}
