package io.millrace.learner.method.joint;

import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.objective.BarlowTwinsObjective;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;

/**
 * Barlow Twins (Zbontar et al. 2021): over a batch, each dimension of one view's projection is
 * correlated with the same dimension of the other's and with no other dimension.
 *
 * <pre>
 * z_a = projector(student(a)),   L = barlow-twins(z_1, z_2),   scale · D where views share nothing
 * </pre>
 *
 * Nothing can collapse: a constant has no correlation.
 */
final class BarlowTwinsMethod extends JointEmbeddingMethod {
  static final String NAME = "barlow-twins";

  private final BarlowTwinsSettings settings;

  BarlowTwinsMethod(ModelSettings model, BarlowTwinsSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  BarlowTwinsMethod(ModelSettings model, NetworkSpec backbone, BarlowTwinsSettings settings) {
    super(
        NAME,
        model,
        backbone,
        settings,
        new BarlowTwinsObjective(settings.lambda(), settings.scale()));
    this.settings = settings;
  }

  @Override
  NetworkSpec projector(int features) {
    return Heads.projector(
        PROJECTOR, features, settings.projectorHidden(), settings.projection(), 3);
  }
}
