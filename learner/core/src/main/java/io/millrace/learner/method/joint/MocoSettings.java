package io.millrace.learner.method.joint;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.TwoViewSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of MoCo. The defaults are the second version's projector, temperature and colours, with
 * lightly's queue and rate for CIFAR-10 (the authors' queue at ImageNet is 65536 long, τ 0.999).
 *
 * @param firstView one view of each image
 * @param secondView the other view
 * @param projectorHidden width of the projector's hidden layer, 8 to 16384
 * @param projection length of a projection, 8 to 16384
 * @param queue keys of earlier images to tell a key from, 16 to 131072
 * @param temperature T, over 0, at most 10
 * @param teacherMomentum τ, share of itself the teacher keeps at each update, 0 up to but not 1
 * @param optimiser of student and projector
 * @param learningRate over the steps; 0.06 is for batches of 128
 */
public record MocoSettings(
    ViewSettings firstView,
    ViewSettings secondView,
    int projectorHidden,
    int projection,
    int queue,
    double temperature,
    double teacherMomentum,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements TwoViewSettings {
  public MocoSettings {
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
    Checks.width("projectorHidden", projectorHidden);
    Checks.width("projection", projection);
    Checks.whole("queue", queue, 16, 131072);
    Checks.positive("temperature", temperature, 10);
    Checks.momentum("teacherMomentum", teacherMomentum);
  }

  /** A queue of 4096, T 0.2, τ 0.99. */
  public static MocoSettings defaults() {
    ViewSettings view = ViewSettings.defaults().withViews(1).withColour(0.8, 0.4, 0.4, 0.4, 0.1);
    return new MocoSettings(
        view,
        view,
        512,
        128,
        4096,
        0.2,
        0.99,
        OptimiserSettings.defaults(),
        ScheduleSettings.constant(0.06, 20));
  }
}
