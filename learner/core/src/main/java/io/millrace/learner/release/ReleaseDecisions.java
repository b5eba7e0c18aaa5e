package io.millrace.learner.release;

import io.millrace.ingest.stream.ReleasePointer;
import java.util.List;
import java.util.OptionalLong;

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
    log.serve(new ReleasePointer(model, version));
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
   * Goes back to the newest promoted release before the one that serves; that one is rejected, so
   * that nothing takes it up again.
   *
   * @return the version that serves now
   * @throws IllegalArgumentException when there is none before
   */
  public long rollback() {
    OptionalLong serving = log.serving(model);
    if (serving.isEmpty()) {
      throw new IllegalArgumentException("no release of " + model + " serves");
    }
    long from = serving.getAsLong();
    List<ReleaseManifest> earlier =
        log.releases(model).stream()
            .filter(m -> m.version() < from && m.gate() == ReleaseManifest.State.PROMOTED)
            .toList();
    if (earlier.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no promoted release of " + model + " before version " + from);
    }
    long to = earlier.get(earlier.size() - 1).version();
    log.serve(new ReleasePointer(model, to));
    reject(from, "rolled back to version " + to);
    return to;
  }

  private ReleaseManifest release(long version) {
    List<ReleaseManifest> all = log.releases(model);
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
