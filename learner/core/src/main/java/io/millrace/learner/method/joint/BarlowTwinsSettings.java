package io.millrace.learner.method.joint;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of Barlow Twins. The defaults are solo-learn's for CIFAR-10, but SGD instead of LARS,
 * for small batches (ours).
 *
 * @param firstView one view of each image
 * @param secondView the other view
 * @param projectorHidden width of the projector's two hidden layers, 8 to 16384
 * @param projection length of a projection, 8 to 16384
 * @param lambda λ, weight of the correlations between different dimensions, 0 to 10
 * @param scale factor on the whole loss, over 0, at most 100
 * @param optimiser of student and projector
 * @param learningRate over the steps; 0.06 is for batches of 128
 */
public record BarlowTwinsSettings(
    ViewSettings firstView,
    ViewSettings secondView,
    int projectorHidden,
    int projection,
    double lambda,
    double scale,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements JointEmbeddingSettings {
  public BarlowTwinsSettings {
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
    Checks.width("projectorHidden", projectorHidden);
    Checks.width("projection", projection);
    Checks.weight("lambda", lambda, 10);
    Checks.positive("scale", scale, 100);
  }

  /** Projections of 2048, λ 0.0051. */
  public static BarlowTwinsSettings defaults() {
    ViewSettings view = ViewSettings.defaults().withViews(1);
    return new BarlowTwinsSettings(
        view,
        view.withSolarize(0.2),
        2048,
        2048,
        0.0051,
        0.1,
        OptimiserSettings.defaults().withWeightDecay(1e-4),
        ScheduleSettings.constant(0.06, 20));
  }
}
