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
 * Settings of BYOL. The defaults are the cheap recipe of solo-learn and lightly's benchmarks:
 * hidden layers of 1024, SGD, τ 0.99; solo-learn's own takes 4096, LARS at 1.0 and weight decay
 * 1e-5.
 */
public record ByolSettings(
    @Doc("one view of each image") ViewSettings firstView,
    @Doc("the other view") ViewSettings secondView,
    @Doc("width of the projector's hidden layer") @Range(min = 8, max = 16384) int projectorHidden,
    @Doc("length of a projection") @Range(min = 8, max = 16384) int projection,
    @Doc("width of the predictor's hidden layer") @Range(min = 8, max = 16384) int predictorHidden,
    @Doc("τ, share of itself the teacher keeps at each update") @Range(min = 0, under = 1)
        double teacherMomentum,
    @Doc("of student, projector and predictor") OptimizerSettings optimizer,
    @Doc("over the steps; 0.06 is for batches of 128") ScheduleSettings learningRate)
    implements BootstrapSettings, TwoViewSettings {
  public ByolSettings {
    Allowed.check(
        ByolSettings.class,
        firstView,
        secondView,
        projectorHidden,
        projection,
        predictorHidden,
        teacherMomentum,
        optimizer,
        learningRate);
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
  }

  /** The cheap recipe. */
  public static ByolSettings defaults() {
    ViewSettings view = ViewSettings.defaults().withViews(1);
    return new ByolSettings(
        view,
        view.withSolarize(0.2),
        1024,
        256,
        1024,
        0.99,
        OptimizerSettings.defaults(),
        ScheduleSettings.constant(0.06, 20));
  }
}
