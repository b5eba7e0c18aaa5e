package io.millrace.ops.node;

import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.membership.GroupView;
import io.millrace.learner.membership.Heartbeat;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.dashboard.Status;
import io.millrace.ops.metrics.Meter;
import io.millrace.ops.metrics.Meters;
import io.millrace.serving.kafka.SearchStatus;
import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** A node's gauges: those that ask the roles, and those that follow the status. */
final class NodeGauges {
  private final NodeParts parts;
  private final Meters meters;

  /** Registers the gauges that ask. */
  NodeGauges(NodeParts parts) {
    this.parts = parts;
    this.meters = parts.meters();
    meters.gauge(Meter.INGEST_LAG, parts.lag()::lastOfIngest);
    meters.gauge(Meter.DECODES_HUNG, parts.decoder()::hungThreads);
    meters.gauge(Meter.RELEASE_AGE, this::releaseAge);
    meters.gauge(Meter.GATE_PASSED, this::gatePassed);
    if (parts.has(RoleName.LEARNER)) {
      meters.gauge(Meter.LOSS, () -> ofLearner(LearnerStatus::loss));
      meters.gauge(Meter.SKILL, () -> ofLearner(LearnerStatus::skill));
      meters.gauge(
          Meter.LEARNER_LAG,
          () -> ofLearner(s -> s.lag().isPresent() ? s.lag().getAsLong() : Double.NaN));
      meters.gauge(Meter.REPLAY_IMAGES, () -> ofLearner(LearnerStatus::replayImages));
      meters.gauge(Meter.REPLAY_BYTES, () -> ofLearner(s -> (double) s.replayBytes()));
      meters.gauge(Meter.GROUP_MEMBERS, () -> ofGroup(g -> g.live().size()));
      meters.gauge(
          Meter.GROUP_SIZE,
          () -> ofGroup(g -> g.generation() == null ? 0 : g.generation().members().size()));
      meters.gauge(Meter.GROUP_RANK, () -> ofGroup(GroupView::rank));
      meters.gauge(Meter.GROUP_LEADS, () -> ofGroup(g -> g.rank() == 0 ? 1 : 0));
      meters.gauge(Meter.GROUP_SLOWEST, () -> ofGroup(GroupView::slowestRank));
      meters.gauge(
          Meter.GROUP_GENERATION,
          () -> ofGroup(g -> g.generation() == null ? Double.NaN : g.generation().number()));
      meters.gauge(Meter.GROUP_FORMED, () -> ofGroup(GroupView::formed));
      meters.gauge(Meter.GROUP_COMPUTE, () -> ofGroup(g -> own(g, Heartbeat::computeSeconds)));
      meters.gauge(Meter.GROUP_WAIT, () -> ofGroup(g -> own(g, Heartbeat::waitSeconds)));
      meters.gauge(Meter.CHECKPOINT_AGE, () -> ofLearner(LearnerStatus::checkpointAgeSeconds));
    }
    if (parts.has(RoleName.SERVING)) {
      meters.gauge(Meter.INDEX_IMAGES, () -> ofSearch(SearchStatus::images));
      meters.gauge(Meter.INDEX_LAG, () -> ofSearch(SearchStatus::lag));
      meters.gauge(
          Meter.INDEX_VERSION, () -> ofSearch(s -> s.version() == null ? Double.NaN : s.version()));
    }
  }

  /** Sets the gauges of releases by gate and of components. */
  void update(Status now) {
    now.releases().stream()
        .collect(Collectors.groupingBy(Status.Release::gate, Collectors.counting()))
        .forEach((word, count) -> meters.set(Meter.GATE_RESULTS, count, word));
    now.health().forEach(check -> meters.set(Meter.COMPONENT_OK, check.ok() ? 1 : 0, check.name()));
  }

  private double ofLearner(ToDoubleFunction<LearnerStatus> value) {
    LearnerStatus s = parts.learner().status();
    return s == null ? Double.NaN : value.applyAsDouble(s);
  }

  private double ofGroup(ToDoubleFunction<GroupView> value) {
    GroupView g = parts.learner().group();
    return g == null ? Double.NaN : value.applyAsDouble(g);
  }

  private static double own(GroupView group, ToDoubleFunction<Heartbeat> value) {
    return group.live().stream()
        .filter(beat -> beat.member().equals(group.member()))
        .mapToDouble(value)
        .findFirst()
        .orElse(Double.NaN);
  }

  private double ofSearch(ToDoubleFunction<SearchStatus> value) {
    SearchStatus s = parts.search().get();
    return s == null ? Double.NaN : value.applyAsDouble(s);
  }

  private double releaseAge() {
    List<Status.Release> all = parts.watch().releases();
    return all.isEmpty()
        ? Double.NaN
        : Duration.between(all.get(0).at(), parts.clock().instant()).toMillis() / 1000.0;
  }

  private double gatePassed() {
    List<Status.Release> all = parts.watch().releases();
    return all.isEmpty()
        ? Double.NaN
        : all.get(0).gate().equals(ReleaseManifest.State.PROMOTED.toString()) ? 1 : 0;
  }
}
