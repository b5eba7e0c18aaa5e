package io.millrace.learner.evaluate;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** The kNN metric on held-out labeled images. */
public record ProbeSettings(
    @Doc(
            "seconds between two, or more where it would take over 3 % of the time; 0 for"
                + " only at the start and the end")
        @Range(min = 0)
        int everySeconds,
    @Doc("neighbors that vote") @Range(min = 1, max = 1000) int k,
    @Doc("labeled images searched, at most; no fewer than k") @Range(min = 1) int bank,
    @Doc("labeled images asked about, at most") @Range(min = 1) int queries) {
  public ProbeSettings {
    Allowed.check(ProbeSettings.class, everySeconds, k, bank, queries);
    if (bank < k) {
      throw new IllegalArgumentException("bank is " + bank + ": expected k (" + k + ") or more");
    }
  }

  /** Once a minute, k = 20, 2,000 images to search and 1,000 to ask about. */
  public static ProbeSettings defaults() {
    return new ProbeSettings(60, 20, 2000, 1000);
  }
}
