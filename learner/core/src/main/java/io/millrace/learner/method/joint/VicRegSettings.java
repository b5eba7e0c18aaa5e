package io.millrace.learner.method.joint;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of VICReg. The defaults are solo-learn's for CIFAR-10, but SGD at a lower rate instead
 * of LARS, for small batches (ours).
 */
public record VicRegSettings(
    @Doc("one view of each image") ViewSettings firstView,
    @Doc("the other view") ViewSettings secondView,
    @Doc("width of the projector's two hidden layers") @Range(min = 8, max = 16384)
        int projectorHidden,
    @Doc("length of a projection") @Range(min = 8, max = 16384) int projection,
    @Doc("λ, weight of the distance between views") @Range(over = 0, max = 1000) double invariance,
    @Doc("μ, weight of the missing variance") @Range(min = 0, max = 1000) double variance,
    @Doc("ν, weight of the covariance") @Range(min = 0, max = 1000) double covariance,
    @Doc("of student and projector") OptimizerSettings optimizer,
    @Doc("over the steps; 0.01 is for batches of 128") ScheduleSettings learningRate)
    implements JointEmbeddingSettings {
  public VicRegSettings {
    Allowed.check(
        VicRegSettings.class,
        firstView,
        secondView,
        projectorHidden,
        projection,
        invariance,
        variance,
        covariance,
        optimizer,
        learningRate);
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
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
        OptimizerSettings.defaults().withWeightDecay(1e-4),
        ScheduleSettings.constant(0.01, 20));
  }
}
