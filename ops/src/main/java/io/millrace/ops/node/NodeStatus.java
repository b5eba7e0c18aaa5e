package io.millrace.ops.node;

import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.TrainingCounters;
import io.millrace.learner.evaluate.KnnMetrics;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.loop.Rate;
import io.millrace.learner.membership.GroupView;
import io.millrace.learner.membership.Heartbeat;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.dashboard.Status;
import io.millrace.ops.health.Health;
import io.millrace.serving.kafka.SearchStatus;
import io.millrace.serving.kafka.ServingStatus;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a node says of itself. */
final class NodeStatus {
  static final String KNN_TRAINED = "knn";

  private final NodeParts parts;
  private final Health health;
  private final Instant startedAt;
  private final Rate accepted = new Rate();
  private volatile String phase = "starting";
  private volatile @Nullable Instant endsAt;
  private volatile @Nullable Long publishTotal;

  NodeStatus(NodeParts parts, Health health, Instant startedAt) {
    this.parts = parts;
    this.health = health;
    this.startedAt = startedAt;
  }

  /** Before the first look. */
  static Status first(List<String> roles, Instant startedAt) {
    return new Status(
        startedAt, startedAt, "starting", null, roles, null, null, null, List.of(), List.of());
  }

  void phase(String now) {
    phase = now;
  }

  void endsAt(Instant at) {
    endsAt = at;
  }

  void publishTotal(long total) {
    publishTotal = total;
  }

  /** The status now. */
  Status look() {
    Instant now = parts.clock().instant();
    long millis = now.toEpochMilli();
    parts.lag().refresh(millis);
    StreamWatch watch = parts.watch();
    // Others than Millrace's publishers may write to images.raw as well.
    long images = Math.max(watch.published(), watch.validated());
    var stream =
        new Status.Stream(
            images,
            publishTotal,
            watch.accepted(),
            watch.rejected(),
            watch.rejectedBySource(),
            acceptedPerSecond(millis, watch.accepted()),
            parts.lag().lastOfIngest());
    return new Status(
        now,
        startedAt,
        phase,
        endsAt,
        RoleName.list(parts.roles()),
        stream,
        parts.has(RoleName.LEARNER)
            ? learner(
                parts.config(),
                parts.learner().status(),
                parts.learner().engine(),
                group(parts.learner().group()))
            : null,
        parts.has(RoleName.SERVING)
            ? serving(parts.serving().status(), parts.search().get())
            : null,
        watch.releases(),
        health.all());
  }

  private double acceptedPerSecond(long millis, long count) {
    accepted.reached(millis, count);
    double rate = accepted.perSecond(millis);
    return Double.isNaN(rate) ? 0 : rate;
  }

  private static Status.Learner learner(
      MillraceConfig config,
      @Nullable LearnerStatus s,
      @Nullable EngineInfo engine,
      Status.@Nullable Group group) {
    String device = engine == null ? config.engine().device() : engine.device();
    String precision =
        ConfigReader.spelled(engine == null ? config.engine().precision() : engine.precision());
    if (s == null) {
      return new Status.Learner(
          "starting",
          config.method(),
          config.engine().name(),
          device,
          precision,
          0,
          TrainingCounters.none(),
          null,
          0,
          Double.NaN,
          Double.NaN,
          Double.NaN,
          Double.NaN,
          Map.of(),
          0,
          0,
          Map.of(),
          group);
    }
    var monitors = new TreeMap<>(s.monitors());
    KnnMetrics knn = s.knn();
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
        s.counters(),
        s.lag().isPresent() ? s.lag().getAsLong() : null,
        s.imagesPerSecond(),
        s.loss(),
        s.skill(),
        s.learningRate(),
        s.teacherMomentum(),
        monitors,
        s.replayImages(),
        s.checkpoints(),
        millis(s.phaseSeconds()),
        group);
  }

  private static Map<String, Double> millis(Map<String, Double> seconds) {
    var out = new TreeMap<String, Double>();
    seconds.forEach((phase, value) -> out.put(phase, 1000 * value));
    return out;
  }

  /** Who learns with this process. */
  private static Status.@Nullable Group group(@Nullable GroupView view) {
    if (view == null) {
      return null;
    }
    Generation in = view.generation();
    Heartbeat slowest = view.slowest();
    return new Status.Group(
        view.member(),
        view.phase(),
        view.doing(),
        view.epoch(),
        in == null ? 0 : in.number(),
        view.rank(),
        in == null ? 0 : in.members().size(),
        in == null ? null : in.leader(),
        slowest == null ? null : slowest.member(),
        view.formed(),
        view.live().stream()
            .map(
                beat ->
                    new Status.Member(
                        beat.member(),
                        beat.host(),
                        in == null ? -1 : in.rank(beat.member()).orElse(-1),
                        beat.state().name().toLowerCase(Locale.ROOT),
                        beat.computeSeconds(),
                        beat.waitSeconds()))
            .toList());
  }

  /**
   * What serving does.
   *
   * @param s null before it is put together
   * @param search null where this process keeps no search index
   */
  private static Status.Serving serving(@Nullable ServingStatus s, @Nullable SearchStatus search) {
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
