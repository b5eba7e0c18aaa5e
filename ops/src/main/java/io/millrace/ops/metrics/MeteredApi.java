package io.millrace.ops.metrics;

import io.millrace.serving.http.ApiMetrics;
import java.util.List;

/** What the serving routes count, as meters. */
public final class MeteredApi implements ApiMetrics {
  private final Meters meters;

  public MeteredApi(Meters meters) {
    this.meters = meters;
    inProgress(0);
    for (int status : List.of(413, 429, 503)) {
      meters.count(Meter.API_REFUSED, 0, Integer.toString(status));
    }
    for (String model : List.of("embed", "teacher", "auxiliary", "search")) {
      meters.count(Meter.API_IMAGES, 0, model);
      meters.declare(Meter.API_WAIT, model);
      meters.declare(Meter.API_RUN, model);
    }
  }

  @Override
  public void inProgress(int requests) {
    meters.set(Meter.API_IN_PROGRESS, requests);
  }

  @Override
  public void refused(int status) {
    meters.count(Meter.API_REFUSED, 1, Integer.toString(status));
  }

  @Override
  public void ran(String model, int images, long waitedNanos, long ranNanos) {
    meters.count(Meter.API_IMAGES, images, model);
    meters.time(Meter.API_WAIT, waitedNanos, model);
    meters.time(Meter.API_RUN, ranNanos, model);
  }
}
