package io.millrace.learner.method.joint;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.TwoViewSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of SimSiam. The defaults are the paper's for CIFAR-10: a projector of two layers (three
 * at ImageNet's size), SGD at a constant rate.
 */
public record SimSiamSettings(
    @Doc("one view of each image") ViewSettings firstView,
    @Doc("the other view") ViewSettings secondView,
    @Doc("linear layers of the projector") @Range(min = 1, max = 4) int projectorLayers,
    @Doc("width of its hidden layers") @Range(min = 8, max = 16384) int projectorHidden,
    @Doc("length of a projection") @Range(min = 8, max = 16384) int projection,
    @Doc("width of the predictor's hidden layer, narrower than a projection")
        @Range(min = 8, max = 16384)
        int predictorHidden,
    @Doc("of student, projector and predictor") OptimizerSettings optimizer,
    @Doc("over the steps; 0.03 is for batches of 256") ScheduleSettings learningRate)
    implements TwoViewSettings {
  public SimSiamSettings {
    Allowed.check(
        SimSiamSettings.class,
        firstView,
        secondView,
        projectorLayers,
        projectorHidden,
        projection,
        predictorHidden,
        optimizer,
        learningRate);
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
  }

  /** Two layers of 2048, a predictor of 512 between. */
  public static SimSiamSettings defaults() {
    ViewSettings view = ViewSettings.defaults().withViews(1);
    return new SimSiamSettings(
        view,
        view,
        2,
        2048,
        2048,
        512,
        OptimizerSettings.defaults(),
        ScheduleSettings.constant(0.03, 20));
  }
}
