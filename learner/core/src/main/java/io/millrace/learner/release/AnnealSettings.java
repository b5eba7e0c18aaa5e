package io.millrace.learner.release;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** How the copy cools down that a release is made of; the learner itself goes on as it was. */
public record AnnealSettings(
    @Doc(
            "updates from replay that a copy of the model makes before it is released, while its"
                + " rate falls to 0; the learner goes on at its rate. 0 releases the model as it"
                + " learns")
        @Range(min = 0, max = 1_000_000)
        int updates) {
  public AnnealSettings {
    Allowed.check(AnnealSettings.class, updates);
  }

  /** None. */
  public static AnnealSettings defaults() {
    return new AnnealSettings(0);
  }
}
