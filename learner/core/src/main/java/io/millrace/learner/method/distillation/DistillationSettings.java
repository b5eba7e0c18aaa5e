package io.millrace.learner.method.distillation;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.objective.FeatureCosineObjective;
import io.millrace.learner.objective.FeatureMseObjective;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.objective.SoftLogitsObjective;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * Settings of knowledge distillation.
 *
 * @param teacher path of the weights file of the release to learn from, in its releases folder
 * @param view what student and teacher see of each image
 * @param target what is learned of the teacher's features: cosine, mse or logits
 * @param temperature T of logits, over 0, at most 100
 * @param optimiser of student and adapter
 * @param learningRate over the steps; 0.06 is for batches of 128
 */
public record DistillationSettings(
    String teacher,
    ViewSettings view,
    String target,
    double temperature,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements LearningSettings {
  private static final List<String> TARGETS = List.of("cosine", "mse", "logits");

  public DistillationSettings {
    Checks.oneView("view", view);
    if (!TARGETS.contains(target)) {
      throw new IllegalArgumentException("target is '" + target + "': expected one of " + TARGETS);
    }
    Checks.positive("temperature", temperature, 100);
  }

  /** Directions of features; no teacher, which has to be named. */
  public static DistillationSettings defaults() {
    return new DistillationSettings(
        "",
        ViewSettings.defaults().withViews(1),
        "cosine",
        4,
        OptimiserSettings.defaults(),
        ScheduleSettings.constant(0.06, 20));
  }

  /** The same from another teacher. */
  public DistillationSettings withTeacher(String teacher) {
    return new DistillationSettings(teacher, view, target, temperature, optimiser, learningRate);
  }

  boolean isLogits() {
    return target.equals("logits");
  }

  /** What is learned of the teacher's features [batch, features]. */
  Tensor target(Tensor features) {
    return isLogits() ? standardised(features) : features;
  }

  /** Rows of mean 0 and deviation 1. */
  private static Tensor standardised(Tensor rows) {
    Tensor centred = rows.sub(rows.mean(true, 1));
    Tensor deviation = centred.mul(centred).mean(true, 1).sqrt();
    return centred.div(deviation.clamp(1e-6, Double.POSITIVE_INFINITY));
  }

  Objective objective() {
    return switch (target) {
      case "cosine" -> new FeatureCosineObjective();
      case "mse" -> new FeatureMseObjective();
      case "logits" -> new SoftLogitsObjective(temperature);
      default -> throw new IllegalStateException("target was checked: " + target);
    };
  }
}
