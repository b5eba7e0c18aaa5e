package io.millrace.learner.method.joint;

import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.objective.VicRegObjective;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;

/**
 * VICReg (Bardes, Ponce, LeCun 2022): projections of two views agree, each dimension keeps a
 * deviation of 1 over the batch, different dimensions are uncorrelated.
 *
 * <pre>
 * z_a = projector(student(a)),   L = λ s(z_1, z_2) + μ (v(z_1) + v(z_2)) + ν (c(z_1) + c(z_2))
 * </pre>
 *
 * Views that share nothing but keep variance and covariance perfect have 2 λ; so has, with λ = μ,
 * collapse to a point.
 */
final class VicRegMethod extends JointEmbeddingMethod {
  static final String NAME = "vicreg";

  private final VicRegSettings settings;

  VicRegMethod(ModelSettings model, VicRegSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  VicRegMethod(ModelSettings model, NetworkSpec backbone, VicRegSettings settings) {
    super(
        NAME,
        model,
        backbone,
        settings,
        new VicRegObjective(settings.invariance(), settings.variance(), settings.covariance()));
    this.settings = settings;
  }

  @Override
  NetworkSpec projector(int features) {
    return Heads.projector(
        PROJECTOR, features, settings.projectorHidden(), settings.projection(), 3);
  }
}
