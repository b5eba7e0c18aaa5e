package io.millrace.learner.method.joint;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of VICReg. The defaults are solo-learn's for CIFAR-10, but SGD at a lower rate instead
 * of LARS, for small batches (ours).
 *
 * @param firstView one view of each image
 * @param secondView the other view
 * @param projectorHidden width of the projector's two hidden layers, 8 to 16384
 * @param projection length of a projection, 8 to 16384
 * @param invariance λ, weight of the distance between views, over 0, at most 1000
 * @param variance μ, weight of the missing variance, 0 to 1000
 * @param covariance ν, weight of the covariance, 0 to 1000
 * @param optimiser of student and projector
 * @param learningRate over the steps; 0.01 is for batches of 128
 */
public record VicRegSettings(
    ViewSettings firstView,
    ViewSettings secondView,
    int projectorHidden,
    int projection,
    double invariance,
    double variance,
    double covariance,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements JointEmbeddingSettings {
  public VicRegSettings {
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
    Checks.width("projectorHidden", projectorHidden);
    Checks.width("projection", projection);
    Checks.positive("invariance", invariance, 1000);
    Checks.weight("variance", variance, 1000);
    Checks.weight("covariance", covariance, 1000);
  }

  /** Projections of 2048; weights 25, 25 and 1. */
  public static VicRegSettings defaults() {
    ViewSettings view = ViewSettings.defaults().withViews(1).withSolarize(0.1);
    return new VicRegSettings(
        view,
        view,
        2048,
        2048,
        25,
        25,
        1,
        OptimiserSettings.defaults().withWeightDecay(1e-4),
        ScheduleSettings.constant(0.01, 20));
  }
}
