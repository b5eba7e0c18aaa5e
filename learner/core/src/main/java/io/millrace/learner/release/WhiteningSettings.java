package io.millrace.learner.release;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** PCA whitening of what a release gives, as its last linear layer. */
public record WhiteningSettings(
    @Doc(
            "whether a release whitens its features: probe, embeddings, search and exports alike."
                + " Collapse is still judged by the features before")
        boolean enabled,
    @Doc("components kept, the largest; 0 for as many as there are features")
        @Range(min = 0, max = 100_000)
        int dimensions,
    @Doc("added to each variance, in units of the mean variance") @Range(over = 0, max = 1)
        double epsilon,
    @Doc(
            "images of replay that it is fitted on, beside the monitors' reference; fewer than"
                + " components leave the smallest out")
        @Range(min = 2, max = 1_000_000)
        int images) {
  public WhiteningSettings {
    Allowed.check(WhiteningSettings.class, enabled, dimensions, epsilon, images);
  }

  /** None: a release gives the features as they were learned. */
  public static WhiteningSettings none() {
    return new WhiteningSettings(false, 0, 1e-3, 2048);
  }

  /** Enabled: all components, an epsilon of 0.001, 2,048 images. */
  public static WhiteningSettings defaults() {
    return new WhiteningSettings(true, 0, 1e-3, 2048);
  }
}
