package io.millrace.learner.method.joint;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.TwoViewSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of DINO. The defaults are solo-learn's for CIFAR with 2048 prototypes; ours are the
 * small crops at this size (16 of 32 pixels; the authors cut 96 beside 224) and warm-ups counted in
 * updates, since a stream has no epochs.
 *
 * @param firstView one large crop of each image, for student and teacher
 * @param secondView the other
 * @param multiCrop whether there are small crops besides
 * @param localViews small crops, for the student alone; no larger than the image
 * @param headHidden width of the head's two hidden layers, 8 to 16384
 * @param bottleneck length of the head's output, 8 to 16384
 * @param prototypes K, 8 to 65536
 * @param studentTemperature T_s, over 0, at most 10
 * @param firstTeacherTemperature T_t at the start, over 0, at most 10
 * @param teacherTemperature T_t after its warm-up, over 0, at most 10
 * @param temperatureWarmUp updates over which T_t rises, 0 to 100000000
 * @param frozenUpdates updates for which the prototypes stay as they are, 0 to 100000000
 * @param centreMomentum m, share of itself the centre keeps, 0 up to but not 1
 * @param teacherMomentum τ, share of itself the teacher keeps at each update, 0 up to but not 1
 * @param optimiser of student, head and prototypes
 * @param learningRate over the steps; 0.3 is for batches of 256
 */
public record DinoSettings(
    ViewSettings firstView,
    ViewSettings secondView,
    boolean multiCrop,
    ViewSettings localViews,
    int headHidden,
    int bottleneck,
    int prototypes,
    double studentTemperature,
    double firstTeacherTemperature,
    double teacherTemperature,
    int temperatureWarmUp,
    int frozenUpdates,
    double centreMomentum,
    double teacherMomentum,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements TwoViewSettings {
  private static final int MOST_UPDATES = 100_000_000;

  public DinoSettings {
    Checks.oneView("firstView", firstView);
    Checks.oneView("secondView", secondView);
    Checks.width("headHidden", headHidden);
    Checks.width("bottleneck", bottleneck);
    Checks.whole("prototypes", prototypes, 8, 65536);
    Checks.positive("studentTemperature", studentTemperature, 10);
    Checks.positive("firstTeacherTemperature", firstTeacherTemperature, 10);
    Checks.positive("teacherTemperature", teacherTemperature, 10);
    Checks.whole("temperatureWarmUp", temperatureWarmUp, 0, MOST_UPDATES);
    Checks.whole("frozenUpdates", frozenUpdates, 0, MOST_UPDATES);
    Checks.momentum("centreMomentum", centreMomentum);
    Checks.momentum("teacherMomentum", teacherMomentum);
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
        OptimiserSettings.defaults().withKind("lars").withWeightDecay(1e-6),
        ScheduleSettings.constant(0.3, 100));
  }
}
