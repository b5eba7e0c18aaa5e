package io.millrace.learner.release;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/**
 * When a model is released.
 *
 * <p>With {@code keep} 0 the weights of every release stay in {@code releases.dir}, because a
 * server may be embedding with any of them.
 */
public record ReleaseSettings(
    @Doc("updates before the first release") @Range(min = 0) int warmUpSteps,
    @Doc("updates between two releases; 0 leaves it to the seconds") @Range(min = 0) int everySteps,
    @Doc("seconds between two releases; 0 leaves it to the updates") @Range(min = 0)
        int everySeconds,
    @Doc("whether a clean stop releases what was learned since the last one") boolean atStop,
    @Doc(
            "what a release must show before it serves. A bound of 0 is none, and a metric "
                + "that was not computed is not checked")
        GateSettings gate,
    @Doc(
            "promoted releases that stay, the latest ones; the weights of older ones and of"
                + " those rejected before them are removed, but for the one that serves and "
                + "candidates. 0 for all, else at least 2 and at least serving.keepVersions")
        @Range(min = 0)
        int keep,
    @Doc("how a copy cools down before it is released") AnnealSettings anneal,
    @Doc("whitening of what a release gives") WhiteningSettings whitening) {
  public ReleaseSettings {
    Allowed.check(
        ReleaseSettings.class,
        warmUpSteps,
        everySteps,
        everySeconds,
        atStop,
        gate,
        keep,
        anneal,
        whitening);
    if (keep == 1) {
      throw new IllegalArgumentException("keep is " + keep + ": expected 0, or 2 or more");
    }
  }

  /** Keeping all of them. */
  public ReleaseSettings(
      int warmUpSteps, int everySteps, int everySeconds, boolean atStop, GateSettings gate) {
    this(warmUpSteps, everySteps, everySeconds, atStop, gate, 0);
  }

  /** As the model learns: neither annealed nor whitened. */
  public ReleaseSettings(
      int warmUpSteps,
      int everySteps,
      int everySeconds,
      boolean atStop,
      GateSettings gate,
      int keep) {
    this(
        warmUpSteps,
        everySteps,
        everySeconds,
        atStop,
        gate,
        keep,
        AnnealSettings.none(),
        WhiteningSettings.none());
  }

  /** Annealed and whitened: the first after 100 updates, then one an hour, and one at a stop. */
  public static ReleaseSettings defaults() {
    return new ReleaseSettings(
        100,
        0,
        3600,
        true,
        GateSettings.defaults(),
        0,
        AnnealSettings.defaults(),
        WhiteningSettings.defaults());
  }
}
