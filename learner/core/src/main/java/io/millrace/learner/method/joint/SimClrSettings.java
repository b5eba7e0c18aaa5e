package io.millrace.learner.method.joint;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of SimCLR. The defaults are lightly's for CIFAR-10 with solo-learn's strong colors and,
 * as the paper has it for CIFAR-10, without blur; SGD instead of LARS, for small batches.
 */
public record SimClrSettings(
    @Doc("one view of each image") ViewSettings firstView,
    @Doc("the other view") ViewSettings secondView,
    @Doc("width of the projector's hidden layer") @Range(min = 8, max = 16384) int projectorHidden,
    @Doc("length of a projection") @Range(min = 8, max = 16384) int projection,
    @Doc("T") @Range(over = 0, max = 10) double temperature,
    @Doc("of student and projector") OptimizerSettings optimizer,
    @Doc("over the steps; 0.06 is for batches of 128") ScheduleSettings learningRate)
    implements JointEmbeddingSettings {
  public SimClrSettings {
    Allowed.check(
        SimClrSettings.class,
        firstView,
        secondView,
        projectorHidden,
        projection,
        temperature,
        optimizer,
        learningRate);
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
  }

  /** A small projector, T 0.5. */
  public static SimClrSettings defaults() {
    ViewSettings view = ViewSettings.defaults().withViews(1).withColor(0.8, 0.8, 0.8, 0.8, 0.2);
    return new SimClrSettings(
        view,
        view,
        512,
        128,
        0.5,
        OptimizerSettings.defaults(),
        ScheduleSettings.constant(0.06, 20));
  }
}
