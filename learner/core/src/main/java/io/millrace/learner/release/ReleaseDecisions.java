package io.millrace.learner.release;

import io.millrace.ingest.stream.ReleasePointer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** What a person decides about releases. */
public final class ReleaseDecisions {
  private final ReleaseLog log;
  private final String model;

  /**
   * @param log stays its maker's
   */
  public ReleaseDecisions(ReleaseLog log, String model) {
    this.log = log;
    this.model = model;
  }

  /**
   * Makes a release the one that serves; the gate's verdict is overridden.
   *
   * @throws IllegalArgumentException when there is none of this version, or it is retired
   */
  public void promote(long version) {
    ReleaseManifest manifest = release(version);
    if (manifest.gate() != ReleaseManifest.State.PROMOTED) {
      log.publish(manifest.withGate(ReleaseManifest.State.PROMOTED, "promoted by hand"));
    }
    log.serve(model, version);
  }

  /**
   * Keeps a release from serving.
   *
   * @param why for the manifest
   * @throws IllegalArgumentException when there is none of this version, it serves, or it is
   *     retired
   */
  public void reject(long version, String why) {
    ReleaseManifest manifest = release(version);
    OptionalLong serving = log.serving(model);
    if (serving.isPresent() && serving.getAsLong() == version) {
      throw new IllegalArgumentException(
          manifest.key() + " serves: roll back or promote another first");
    }
    log.publish(manifest.withGate(ReleaseManifest.State.REJECTED, why));
  }

  /**
   * Goes back to what served before; the release that served until now is rejected, so that nothing
   * takes it up again. Promoting that one undoes it.
   *
   * @throws IllegalArgumentException when nothing served before
   */
  public RolledBack rollback() {
    ReleasePointer now =
        log.pointer(model)
            .orElseThrow(() -> new IllegalArgumentException("no release of " + model + " serves"));
    ReleasePointer to =
        before(now, log.releases(model))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no promoted release of "
                            + model
                            + " that served before version "
                            + now.version()));
    log.serve(to);
    reject(now.version(), "rolled back to version " + to.version());
    return new RolledBack(now.version(), to.version());
  }

  /** The version that {@link #rollback} would go to; empty where nothing served before. */
  public OptionalLong rollbackTarget() {
    return log.pointer(model)
        .map(now -> target(now, log.releases(model)))
        .orElseGet(OptionalLong::empty);
  }

  /** The same of a pointer and the releases as they are known. */
  public static OptionalLong target(ReleasePointer now, List<ReleaseManifest> releases) {
    return before(now, releases)
        .map(to -> OptionalLong.of(to.version()))
        .orElseGet(OptionalLong::empty);
  }

  /**
   * The latest of what served before that is still promoted. A pointer of an earlier Millrace knows
   * none: then it is the newest promoted release before.
   */
  private static Optional<ReleasePointer> before(
      ReleasePointer now, List<ReleaseManifest> releases) {
    Set<Long> promoted =
        releases.stream()
            .filter(m -> m.gate() == ReleaseManifest.State.PROMOTED)
            .map(ReleaseManifest::version)
            .collect(Collectors.toSet());
    List<Long> stack = now.before();
    for (int i = stack.size() - 1; i >= 0; i--) {
      long version = stack.get(i);
      if (version != now.version() && promoted.contains(version)) {
        return Optional.of(new ReleasePointer(now.model(), version, stack.subList(0, i)));
      }
    }
    return promoted.stream()
        .filter(version -> version < now.version())
        .max(Long::compare)
        .map(version -> new ReleasePointer(now.model(), version));
  }

  /**
   * A roll-back that was made.
   *
   * @param from the version that served, rejected now; promoting it undoes the roll-back
   * @param to the version that is promoted now
   */
  public record RolledBack(long from, long to) {}

  private ReleaseManifest release(long version) {
    List<ReleaseManifest> all = log.releases(model);
    if (all.isEmpty()) {
      throw new IllegalArgumentException("model " + model + " has no release yet");
    }
    ReleaseManifest found =
        all.stream()
            .filter(m -> m.version() == version)
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no version "
                            + version
                            + " of "
                            + model
                            + ": expected one of "
                            + all.stream().map(ReleaseManifest::version).toList()));
    if (found.gate() == ReleaseManifest.State.RETIRED) {
      throw new IllegalArgumentException(found.key() + " is retired: its weights are removed");
    }
    return found;
  }
}
