package io.millrace.learner.method.distillation;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.OneOf;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.objective.FeatureCosineObjective;
import io.millrace.learner.objective.FeatureMseObjective;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.objective.SoftLogitsObjective;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Tensor;

/** Settings of knowledge distillation. */
public record DistillationSettings(
    @Doc("path of the weights file of the release to learn from, in its releases folder")
        String teacher,
    @Doc("what student and teacher see of each image") ViewSettings view,
    @Doc("what is learned of the teacher's features: cosine, mse or logits")
        @OneOf({"cosine", "mse", "logits"})
        String target,
    @Doc("T of logits") @Range(over = 0, max = 100) double temperature,
    @Doc("of student and adapter") OptimizerSettings optimizer,
    @Doc("over the steps; 0.06 is for batches of 128") ScheduleSettings learningRate)
    implements LearningSettings {
  public DistillationSettings {
    Allowed.check(
        DistillationSettings.class, teacher, view, target, temperature, optimizer, learningRate);
    Checks.oneView("view", view);
  }

  /** Directions of features; no teacher, which has to be named. */
  public static DistillationSettings defaults() {
    return new DistillationSettings(
        "",
        ViewSettings.defaults().withViews(1),
        "cosine",
        4,
        OptimizerSettings.defaults(),
        ScheduleSettings.constant(0.06, 20));
  }

  /** The same from another teacher. */
  public DistillationSettings withTeacher(String teacher) {
    return new DistillationSettings(teacher, view, target, temperature, optimizer, learningRate);
  }

  boolean isLogits() {
    return target.equals("logits");
  }

  /** What is learned of the teacher's features [batch, features]. */
  Tensor target(Tensor features) {
    return isLogits() ? standardized(features) : features;
  }

  /** Rows of mean 0 and deviation 1. */
  private static Tensor standardized(Tensor rows) {
    Tensor centered = rows.sub(rows.mean(true, 1));
    Tensor deviation = centered.mul(centered).mean(true, 1).sqrt();
    return centered.div(deviation.clamp(1e-6, Double.POSITIVE_INFINITY));
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
