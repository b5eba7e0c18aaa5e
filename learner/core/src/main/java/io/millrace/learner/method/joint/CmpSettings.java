package io.millrace.learner.method.joint;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of CMP. Patches are EMP-SSL's (a quarter of the image's area, enlarged to its size), and
 * so is the proportion of the two terms; heads, teacher, optimiser and rate are our BYOL's.
 *
 * @param patches patches of each image, 2 or more
 * @param projectorHidden width of the projector's hidden layer, 8 to 16384
 * @param projection length of a projection, 8 to 16384
 * @param predictorHidden width of the predictor's hidden layer, 8 to 16384
 * @param similarity α, weight of the distance to the mean of the patches, over 0, at most 1000
 * @param codingRate β, weight of the missing coding rate, 0 to 1000
 * @param epsilon ε of the coding rate, over 0, at most 10
 * @param teacherMomentum τ, share of itself the teacher keeps at each update, 0 up to but not 1
 * @param optimiser of student, projector and predictor
 * @param learningRate over the steps
 */
public record CmpSettings(
    ViewSettings patches,
    int projectorHidden,
    int projection,
    int predictorHidden,
    double similarity,
    double codingRate,
    double epsilon,
    double teacherMomentum,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements BootstrapSettings {
  public CmpSettings {
    if (patches.views() < 2) {
      throw new IllegalArgumentException(
          "patches.views is " + patches.views() + ": expected 2 or more");
    }
    Checks.width("projectorHidden", projectorHidden);
    Checks.width("projection", projection);
    Checks.width("predictorHidden", predictorHidden);
    Checks.positive("similarity", similarity, 1000);
    Checks.weight("codingRate", codingRate, 1000);
    Checks.positive("epsilon", epsilon, 10);
    Checks.momentum("teacherMomentum", teacherMomentum);
  }

  /** 20 patches; 2 − 2 · cosine beside a hundredth of the coding rate. */
  public static CmpSettings defaults() {
    ByolSettings byol = ByolSettings.defaults();
    return new CmpSettings(
        ViewSettings.defaults().withViews(20).withScale(0.25, 0.25),
        byol.projectorHidden(),
        byol.projection(),
        byol.predictorHidden(),
        1,
        0.01,
        0.2,
        byol.teacherMomentum(),
        byol.optimiser(),
        byol.learningRate());
  }
}
