package io.millrace.learner.release;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import java.time.Duration;

/** How the copy cools down that a release is made of; the learner itself goes on as it was. */
public record AnnealSettings(
    @Doc(
            "most updates from replay that a copy of the model makes before it is released, while"
                + " its rate falls to 0; the learner goes on at its rate. 0 releases the model as"
                + " it learns, as where replay keeps no images")
        @Range(min = 0, max = 1_000_000)
        int updates,
    @Doc(
            "most of these updates as a share of the learner's own since the release before; at a"
                + " stop, of all of them")
        @Range(min = 0, max = 1)
        double share) {
  /** Who stops a process waits for it; a copy that cools down longer would be killed with it. */
  static final Duration LONGEST_AT_STOP = Duration.ofSeconds(10);

  public AnnealSettings {
    Allowed.check(AnnealSettings.class, updates, share);
  }

  /** A tenth of the updates, at most 200. */
  public static AnnealSettings defaults() {
    return new AnnealSettings(200, 0.1);
  }

  /** None. */
  public static AnnealSettings none() {
    return new AnnealSettings(0, 0);
  }

  /** Updates of a copy after so many of the learner's own. */
  public int of(long learned) {
    return (int) Math.min(updates, Math.round(share * learned));
  }

  /** The same at a stop, as many as 10 seconds have time for. */
  public int atStop(long learned, double secondsPerUpdate) {
    double inTime = LONGEST_AT_STOP.toSeconds() / Math.max(secondsPerUpdate, 1e-9);
    return (int) Math.min(of(learned), inTime);
  }
}
