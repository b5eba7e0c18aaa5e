package io.millrace.learner.method.joint;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.TwoViewSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of BYOL. The defaults are the cheap recipe of solo-learn and lightly's benchmarks:
 * hidden layers of 1024, SGD, τ 0.99; solo-learn's own takes 4096, LARS at 1.0 and weight decay
 * 1e-5.
 *
 * @param firstView one view of each image
 * @param secondView the other view
 * @param projectorHidden width of the projector's hidden layer, 8 to 16384
 * @param projection length of a projection, 8 to 16384
 * @param predictorHidden width of the predictor's hidden layer, 8 to 16384
 * @param teacherMomentum τ, share of itself the teacher keeps at each update, 0 up to but not 1
 * @param optimiser of student, projector and predictor
 * @param learningRate over the steps; 0.06 is for batches of 128
 */
public record ByolSettings(
    ViewSettings firstView,
    ViewSettings secondView,
    int projectorHidden,
    int projection,
    int predictorHidden,
    double teacherMomentum,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements BootstrapSettings, TwoViewSettings {
  public ByolSettings {
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
    Checks.width("projectorHidden", projectorHidden);
    Checks.width("projection", projection);
    Checks.width("predictorHidden", predictorHidden);
    Checks.momentum("teacherMomentum", teacherMomentum);
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
        OptimiserSettings.defaults(),
        ScheduleSettings.constant(0.06, 20));
  }
}
