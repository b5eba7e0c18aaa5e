package io.millrace.learner.method.joint;

import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.objective.SimClrObjective;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;

/**
 * SimCLR (Chen et al. 2020): among all views of a batch, each finds the other view of its image.
 *
 * <pre>
 * z_a = projector(student(a)),   L = nt-xent(z_1, z_2) at temperature T,   log(2N − 1) at no skill
 * </pre>
 *
 * The other images of the batch are all it contrasts with, so larger batches teach more.
 */
final class SimClrMethod extends JointEmbeddingMethod {
  static final String NAME = "simclr";

  private final SimClrSettings settings;

  SimClrMethod(ModelSettings model, SimClrSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  SimClrMethod(ModelSettings model, NetworkSpec backbone, SimClrSettings settings) {
    super(NAME, model, backbone, settings, new SimClrObjective(settings.temperature()));
    this.settings = settings;
  }

  @Override
  NetworkSpec projector(int features) {
    return Heads.mlp(PROJECTOR, features, settings.projectorHidden(), settings.projection());
  }
}
