package io.millrace.learner.method.settings;

/**
 * An objective against forgetting, added to the method's own: features of the student, through a
 * small aligner, are to point where those of a slow average of the student do. As in Cignoni et al.
 * 2025, "CLA: Latent Alignment for Online Continual Self-Supervised Learning"; that both see the
 * image without augmentation is ours, and so are the defaults besides τ.
 *
 * @param weight of the objective 2 − 2 · cosine, 0 to 100; 0 leaves it out
 * @param momentum τ, share of itself the slow average keeps at each update, 0 up to but not 1
 * @param hidden width of the aligner's hidden layer, 8 to 16384
 */
public record AlignmentSettings(double weight, double momentum, int hidden) {
  public AlignmentSettings {
    Checks.weight("weight", weight, 100);
    Checks.momentum("momentum", momentum);
    Checks.width("hidden", hidden);
  }

  /** Left out. */
  public static AlignmentSettings defaults() {
    return new AlignmentSettings(0, 0.999, 256);
  }

  boolean active() {
    return weight > 0;
  }
}
