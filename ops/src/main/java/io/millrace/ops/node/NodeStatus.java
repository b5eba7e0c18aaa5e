package io.millrace.ops.node;

import io.millrace.learner.evaluate.KnnFigures;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.dashboard.Status;
import io.millrace.serving.kafka.SearchStatus;
import io.millrace.serving.kafka.ServingStatus;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the roles say of themselves, as the status shows it. */
final class NodeStatus {
  static final String KNN_TRAINED = "knn";

  private NodeStatus() {}

  static Status.Learner learner(
      MillraceConfig config, @Nullable LearnerStatus s, @Nullable EngineInfo engine) {
    String device = engine == null ? config.engine().device() : engine.device();
    String precision = ConfigReader.spelled(config.engine().precision());
    if (s == null) {
      return new Status.Learner(
          "starting",
          config.method(),
          config.engine().name(),
          device,
          precision,
          0,
          0,
          0,
          null,
          0,
          Double.NaN,
          Double.NaN,
          Double.NaN,
          Double.NaN,
          java.util.Map.of(),
          0,
          0);
    }
    var monitors = new TreeMap<>(s.monitors());
    KnnFigures knn = s.knn();
    if (knn != null) {
      monitors.put(KNN_TRAINED, knn.trained());
      monitors.put("knnUntrained", knn.untrained());
      monitors.put("knnRaw", knn.raw());
    }
    return new Status.Learner(
        s.state().name().toLowerCase(Locale.ROOT),
        config.method(),
        config.engine().name(),
        device,
        precision,
        s.step(),
        s.applied(),
        s.duplicates(),
        s.lag().isPresent() ? s.lag().getAsLong() : null,
        s.imagesPerSecond(),
        s.loss(),
        s.skill(),
        s.learningRate(),
        s.teacherMomentum(),
        monitors,
        s.replayImages(),
        s.checkpoints());
  }

  /**
   * What serving does.
   *
   * @param s null before it is put together
   * @param search null where this process keeps no search index
   */
  static Status.Serving serving(@Nullable ServingStatus s, @Nullable SearchStatus search) {
    Long live = s == null ? null : s.liveVersion();
    ServingStatus.Refresh refresh = s == null ? null : s.refresh();
    Long searched = search == null ? null : search.version();
    return new Status.Serving(
        live == null ? null : live.toString(),
        s == null ? 0 : s.embedded(),
        s == null ? 0 : s.imagesPerSecond(),
        s == null ? null : (Long) s.lag(),
        refresh == null ? null : Long.toString(refresh.version()),
        refresh == null ? 1 : refresh.share(),
        searched == null ? null : searched.toString(),
        search == null ? 0 : search.images());
  }
}
