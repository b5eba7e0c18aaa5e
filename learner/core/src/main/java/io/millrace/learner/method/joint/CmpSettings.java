package io.millrace.learner.method.joint;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of CMP. Patches are EMP-SSL's (a quarter of the image's area, enlarged to its size), and
 * so is the proportion of the two terms; heads, teacher, optimizer and rate are our BYOL's.
 */
public record CmpSettings(
    @Doc("patches of each image, 2 or more") ViewSettings patches,
    @Doc("width of the projector's hidden layer") @Range(min = 8, max = 16384) int projectorHidden,
    @Doc("length of a projection") @Range(min = 8, max = 16384) int projection,
    @Doc("width of the predictor's hidden layer") @Range(min = 8, max = 16384) int predictorHidden,
    @Doc("α, weight of the distance to the mean of the patches") @Range(over = 0, max = 1000)
        double similarity,
    @Doc("β, weight of the missing coding rate") @Range(min = 0, max = 1000) double codingRate,
    @Doc("ε of the coding rate") @Range(over = 0, max = 10) double epsilon,
    @Doc("τ, share of itself the teacher keeps at each update") @Range(min = 0, under = 1)
        double teacherMomentum,
    @Doc("of student, projector and predictor") OptimizerSettings optimizer,
    @Doc("over the steps; 0.06 is for batches of 128") ScheduleSettings learningRate)
    implements BootstrapSettings {
  public CmpSettings {
    Allowed.check(
        CmpSettings.class,
        patches,
        projectorHidden,
        projection,
        predictorHidden,
        similarity,
        codingRate,
        epsilon,
        teacherMomentum,
        optimizer,
        learningRate);
    if (patches.views() < 2) {
      throw new IllegalArgumentException(
          "patches.views is " + patches.views() + ": expected 2 or more");
    }
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
        byol.optimizer(),
        byol.learningRate());
  }
}
