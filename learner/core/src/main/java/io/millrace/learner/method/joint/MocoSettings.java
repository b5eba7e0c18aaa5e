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
 * Settings of MoCo. The defaults are the second version's projector, temperature and colors, with
 * lightly's queue and rate for CIFAR-10 (the authors' queue at ImageNet is 65536 long, τ 0.999).
 */
public record MocoSettings(
    @Doc("one view of each image") ViewSettings firstView,
    @Doc("the other view") ViewSettings secondView,
    @Doc("width of the projector's hidden layer") @Range(min = 8, max = 16384) int projectorHidden,
    @Doc("length of a projection") @Range(min = 8, max = 16384) int projection,
    @Doc("keys of earlier images to tell a key from") @Range(min = 16, max = 131072) int queue,
    @Doc("T") @Range(over = 0, max = 10) double temperature,
    @Doc("τ, share of itself the teacher keeps at each update") @Range(min = 0, under = 1)
        double teacherMomentum,
    @Doc("of student and projector") OptimizerSettings optimizer,
    @Doc("over the steps; 0.06 is for batches of 128") ScheduleSettings learningRate)
    implements TwoViewSettings {
  public MocoSettings {
    Allowed.check(
        MocoSettings.class,
        firstView,
        secondView,
        projectorHidden,
        projection,
        queue,
        temperature,
        teacherMomentum,
        optimizer,
        learningRate);
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
  }

  /** A queue of 4096, T 0.2, τ 0.99. */
  public static MocoSettings defaults() {
    ViewSettings view = ViewSettings.defaults().withViews(1).withColor(0.8, 0.4, 0.4, 0.4, 0.1);
    return new MocoSettings(
        view,
        view,
        512,
        128,
        4096,
        0.2,
        0.99,
        OptimizerSettings.defaults(),
        ScheduleSettings.constant(0.06, 20));
  }
}
