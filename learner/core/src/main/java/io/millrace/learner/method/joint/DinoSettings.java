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
 * Settings of DINO. The defaults are solo-learn's for CIFAR with 2048 prototypes; ours are the
 * small crops at this size (16 of 32 pixels; the authors cut 96 beside 224) and warm-ups counted in
 * updates, since a stream has no epochs.
 */
public record DinoSettings(
    @Doc("one large crop of each image, for student and teacher") ViewSettings firstView,
    @Doc("the other") ViewSettings secondView,
    @Doc("whether there are small crops besides") boolean multiCrop,
    @Doc("small crops, for the student alone; no larger than the image") ViewSettings localViews,
    @Doc("width of the head's two hidden layers") @Range(min = 8, max = 16384) int headHidden,
    @Doc("length of the head's output") @Range(min = 8, max = 16384) int bottleneck,
    @Doc("K, prototypes that crops are assigned to") @Range(min = 8, max = 65536) int prototypes,
    @Doc("T_s") @Range(over = 0, max = 10) double studentTemperature,
    @Doc("T_t at the start") @Range(over = 0, max = 10) double firstTeacherTemperature,
    @Doc("T_t after its warm-up") @Range(over = 0, max = 10) double teacherTemperature,
    @Doc("updates over which T_t rises") @Range(min = 0, max = MOST_UPDATES) int temperatureWarmUp,
    @Doc("updates for which the prototypes stay as they are") @Range(min = 0, max = MOST_UPDATES)
        int frozenUpdates,
    @Doc("m, share of itself the center keeps") @Range(min = 0, under = 1) double centerMomentum,
    @Doc("τ, share of itself the teacher keeps at each update") @Range(min = 0, under = 1)
        double teacherMomentum,
    @Doc("of student, head and prototypes") OptimizerSettings optimizer,
    @Doc("over the steps; 0.3 is for batches of 256") ScheduleSettings learningRate)
    implements TwoViewSettings {
  private static final int MOST_UPDATES = 100_000_000;

  public DinoSettings {
    Allowed.check(
        DinoSettings.class,
        firstView,
        secondView,
        multiCrop,
        localViews,
        headHidden,
        bottleneck,
        prototypes,
        studentTemperature,
        firstTeacherTemperature,
        teacherTemperature,
        temperatureWarmUp,
        frozenUpdates,
        centerMomentum,
        teacherMomentum,
        optimizer,
        learningRate);
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
  }

  /** Two large crops and four small ones, 2048 prototypes, LARS. */
  public static DinoSettings defaults() {
    ViewSettings large = ViewSettings.defaults().withViews(1).withScale(0.4, 1);
    return new DinoSettings(
        large,
        large.withSolarize(0.2),
        true,
        large.withViews(4).withSize(16).withScale(0.08, 0.4),
        2048,
        256,
        2048,
        0.1,
        0.04,
        0.07,
        1000,
        200,
        0.9,
        0.9995,
        OptimizerSettings.defaults().withKind(OptimizerSettings.Kind.LARS).withWeightDecay(1e-6),
        ScheduleSettings.constant(0.3, 100));
  }
}
