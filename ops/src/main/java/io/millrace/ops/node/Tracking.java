package io.millrace.ops.node;

import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.ops.config.ConfigParameters;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.tracking.MlflowTracker;
import io.millrace.ops.tracking.TrackedReleases;
import io.millrace.ops.tracking.TrackingMetrics;
import java.time.InstantSource;
import java.util.Map;

/** The tracker of this process: what the configuration says, and the releases on their topic. */
final class Tracking {
  private Tracking() {}

  static MlflowTracker of(MillraceConfig config, TrackingMetrics metrics, InstantSource clock) {
    String model = config.learner().model();
    return new MlflowTracker(
        config.mlflow(),
        System.getenv(),
        model,
        ConfigParameters.of(config),
        () -> releases(config, model),
        metrics,
        clock);
  }

  private static TrackedReleases releases(MillraceConfig config, String model) {
    Map<String, Object> clients = config.kafka().clients();
    try (var log = new KafkaReleaseLog(clients, config.topicNames().modelReleases())) {
      return new TrackedReleases(log.releases(model), log.serving(model));
    }
  }
}
