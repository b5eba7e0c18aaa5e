package io.millrace.learner.release;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/**
 * What a release must show before it serves. Every bound is on a metric of the release's manifest;
 * a bound of 0 is none, and a metric that was not computed is not checked.
 */
public record GateSettings(
    @Doc(
            "whether a release within bounds is promoted by itself; if not, it stays a "
                + "candidate until 'millrace promote'")
        boolean automatic,
    @Doc(
            "of featureStd: mean deviation of the unit features over the images, about "
                + "1/√dim when healthy, 0 in collapse")
        @Range(min = 0, max = 1)
        double minFeatureStd,
    @Doc("of rankMe, the features' effective rank") @Range(min = 0, max = 100_000) double minRankMe,
    @Doc("of every perplexityBatch…: visual words in use, for methods with a vocabulary")
        @Range(min = 0, max = 100_000)
        double minPerplexity,
    @Doc("of knn, percent, where held-out labeled images are configured") @Range(min = 0, max = 100)
        double minKnn,
    @Doc(
            "of drift against the release that serves, on the fixed reference images: 0 for"
                + " none at all, 1 for unrelated features")
        @Range(min = 0, max = 1)
        double maxDrift) {
  public GateSettings {
    Allowed.check(
        GateSettings.class, automatic, minFeatureStd, minRankMe, minPerplexity, minKnn, maxDrift);
  }

  /** Collapse keeps a release back; nothing else does. */
  public static GateSettings defaults() {
    return new GateSettings(true, 1e-4, 1.2, 0, 0, 0);
  }
}
