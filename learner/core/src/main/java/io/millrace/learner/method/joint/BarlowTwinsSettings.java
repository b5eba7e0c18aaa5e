package io.millrace.learner.method.joint;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of Barlow Twins. The defaults are solo-learn's for CIFAR-10, but SGD instead of LARS,
 * for small batches (ours).
 */
public record BarlowTwinsSettings(
    @Doc("one view of each image") ViewSettings firstView,
    @Doc("the other view") ViewSettings secondView,
    @Doc("width of the projector's two hidden layers") @Range(min = 8, max = 16384)
        int projectorHidden,
    @Doc("length of a projection") @Range(min = 8, max = 16384) int projection,
    @Doc("λ, weight of the correlations between different dimensions") @Range(min = 0, max = 10)
        double lambda,
    @Doc("factor on the whole loss") @Range(over = 0, max = 100) double scale,
    @Doc("of student and projector") OptimizerSettings optimizer,
    @Doc("over the steps; 0.06 is for batches of 128") ScheduleSettings learningRate)
    implements JointEmbeddingSettings {
  public BarlowTwinsSettings {
    Allowed.check(
        BarlowTwinsSettings.class,
        firstView,
        secondView,
        projectorHidden,
        projection,
        lambda,
        scale,
        optimizer,
        learningRate);
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
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
        OptimizerSettings.defaults().withWeightDecay(1e-4),
        ScheduleSettings.constant(0.06, 20));
  }
}
