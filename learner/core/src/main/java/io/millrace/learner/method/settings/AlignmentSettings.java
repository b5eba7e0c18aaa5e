package io.millrace.learner.method.settings;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/**
 * An objective against forgetting, added to the method's own: features of the student, through a
 * small aligner, are to point where those of a slow average of the student do. As in Cignoni et al.
 * 2025, "CLA: Latent Alignment for Online Continual Self-Supervised Learning"; that both see the
 * image without augmentation is ours, and so are the defaults besides τ.
 */
public record AlignmentSettings(
    @Doc("of the objective 2 − 2 · cosine; 0 leaves it out") @Range(min = 0, max = 100)
        double weight,
    @Doc("τ, share of itself the slow average keeps at each update") @Range(min = 0, under = 1)
        double momentum,
    @Doc("width of the aligner's hidden layer") @Range(min = 8, max = 16384) int hidden) {
  public AlignmentSettings {
    Allowed.check(AlignmentSettings.class, weight, momentum, hidden);
  }

  /** Disabled. */
  public static AlignmentSettings defaults() {
    return new AlignmentSettings(0, 0.999, 256);
  }

  public boolean active() {
    return weight > 0;
  }
}
