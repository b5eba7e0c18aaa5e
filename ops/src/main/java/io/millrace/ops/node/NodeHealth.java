package io.millrace.ops.node;

import io.millrace.learner.loop.LearnerState;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.membership.GroupView;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.health.Check;
import io.millrace.ops.health.CheckResult;
import io.millrace.ops.health.Health;
import io.millrace.ops.terminal.FailureText;
import io.millrace.serving.kafka.SearchStatus;
import io.millrace.serving.kafka.ServingStatus;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A node's checks: threads for liveness; broker, disk and each role for readiness. */
final class NodeHealth {
  private final NodeParts parts;

  private NodeHealth(NodeParts parts) {
    this.parts = parts;
  }

  /** Health with the checks of the node's roles. */
  static Health of(NodeParts parts, StartupChecks startupChecks) {
    var checks = new NodeHealth(parts);
    var health = new Health(parts.clock());
    health.addLive(Check.of("threads", checks::threads));
    health.addReady(Check.of("broker", startupChecks::brokerNow));
    health.addReady(Check.of("disk", startupChecks::room));
    if (parts.has(RoleName.INGEST)) {
      health.addReady(RoleName.INGEST.word(), Check.of("ingest", checks::ingest));
    }
    if (parts.has(RoleName.LEARNER)) {
      health.addReady(RoleName.LEARNER.word(), Check.of("learner", checks::learner));
    }
    if (parts.has(RoleName.SERVING)) {
      health.addReady(RoleName.SERVING.word(), Check.of("serving", checks::serving));
      health.addReady(RoleName.SERVING.word(), Check.of("releases", checks::releases));
      if (parts.config().search().enabled()) {
        health.addReady(RoleName.SERVING.word(), Check.of("search", checks::search));
      }
    }
    return health;
  }

  private CheckResult threads() {
    RoleThread failed = parts.running().failed();
    RoleThread dead = failed == null ? parts.running().ended() : failed;
    return dead == null
        ? CheckResult.pass("threads", parts.running().count() + " run")
        : CheckResult.fail("threads", dead.name() + ": " + text(dead.failure()));
  }

  private static String text(@Nullable Throwable failure) {
    return failure == null ? "has ended" : FailureText.of(failure);
  }

  private CheckResult ingest() {
    return new CheckResult("ingest", parts.ingest().alive(), parts.ingest().detail());
  }

  private CheckResult learner() {
    LearnerStatus s = parts.learner().status();
    GroupView group = parts.learner().group();
    if (group != null && group.generation() == null) {
      // It may stand by for ever: that is what it is there for.
      return CheckResult.pass("learner", "in no group: " + group.doing());
    }
    if (s == null) {
      return CheckResult.fail("learner", "starting");
    }
    String state = s.state().name().toLowerCase(Locale.ROOT);
    String unsaved = parts.learner().saveFailure();
    if (unsaved != null && s.state() != LearnerState.FAILED) {
      return CheckResult.fail("learner", state + ", could not save a checkpoint: " + unsaved);
    }
    return switch (s.state()) {
      case LEARNING, IDLE, DRAINING, CLOSED -> CheckResult.pass("learner", state);
      case STARTING, RESTORING -> CheckResult.fail("learner", state);
      case FAILED -> CheckResult.fail("learner", String.valueOf(s.failure()));
    };
  }

  private CheckResult serving() {
    ServingStatus s = parts.serving().status();
    if (s == null) {
      return CheckResult.fail("serving", "starting");
    }
    ServingStatus.Refresh refresh = s.refresh();
    if (s.liveVersion() != null) {
      return CheckResult.pass("serving", "version " + s.liveVersion());
    }
    return CheckResult.fail(
        "serving",
        refresh == null ? "waits for the first release" : "fills version " + refresh.version());
  }

  private CheckResult releases() {
    ServingFront front = parts.front().get();
    String why = front == null ? "starting" : front.releasesNotFollowed();
    return why == null
        ? CheckResult.pass("releases", "followed")
        : CheckResult.fail("releases", why);
  }

  private CheckResult search() {
    SearchStatus s = parts.search().get();
    if (s == null) {
      return CheckResult.fail("search", "starting");
    }
    if (s.version() != null) {
      return CheckResult.pass("search", "version " + s.version() + ", " + s.images() + " images");
    }
    return CheckResult.fail(
        "search",
        s.imagesByVersion().isEmpty()
            ? "waits for the first release"
            : "fills the index: images by version " + new TreeMap<>(s.imagesByVersion()));
  }
}
