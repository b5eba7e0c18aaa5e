package io.millrace.learner.method.joint;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.TwoViewSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of SimSiam. The defaults are the paper's for CIFAR-10: a projector of two layers (three
 * at ImageNet's size), SGD at a constant rate.
 *
 * @param firstView one view of each image
 * @param secondView the other view
 * @param projectorLayers linear layers of the projector, 1 to 4
 * @param projectorHidden width of its hidden layers, 8 to 16384
 * @param projection length of a projection, 8 to 16384
 * @param predictorHidden width of the predictor's hidden layer, narrower than a projection, 8 to
 *     16384
 * @param optimiser of student, projector and predictor
 * @param learningRate over the steps; 0.03 is for batches of 256
 */
public record SimSiamSettings(
    ViewSettings firstView,
    ViewSettings secondView,
    int projectorLayers,
    int projectorHidden,
    int projection,
    int predictorHidden,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements TwoViewSettings {
  public SimSiamSettings {
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
    Checks.whole("projectorLayers", projectorLayers, 1, 4);
    Checks.width("projectorHidden", projectorHidden);
    Checks.width("projection", projection);
    Checks.width("predictorHidden", predictorHidden);
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
        OptimiserSettings.defaults(),
        ScheduleSettings.constant(0.03, 20));
  }
}
