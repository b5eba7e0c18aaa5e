package io.millrace.learner.method.joint;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of SimCLR. The defaults are lightly's for CIFAR-10 with solo-learn's strong colours and,
 * as the paper has it for CIFAR-10, without blur; SGD instead of LARS, for small batches.
 *
 * @param firstView one view of each image
 * @param secondView the other view
 * @param projectorHidden width of the projector's hidden layer, 8 to 16384
 * @param projection length of a projection, 8 to 16384
 * @param temperature T, over 0, at most 10
 * @param optimiser of student and projector
 * @param learningRate over the steps; 0.06 is for batches of 128
 */
public record SimClrSettings(
    ViewSettings firstView,
    ViewSettings secondView,
    int projectorHidden,
    int projection,
    double temperature,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements JointEmbeddingSettings {
  public SimClrSettings {
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
    Checks.width("projectorHidden", projectorHidden);
    Checks.width("projection", projection);
    Checks.positive("temperature", temperature, 10);
  }

  /** A small projector, T 0.5. */
  public static SimClrSettings defaults() {
    ViewSettings view = ViewSettings.defaults().withViews(1).withColour(0.8, 0.8, 0.8, 0.8, 0.2);
    return new SimClrSettings(
        view,
        view,
        512,
        128,
        0.5,
        OptimiserSettings.defaults(),
        ScheduleSettings.constant(0.06, 20));
  }
}
