package io.millrace.learner.method;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one update did.
 *
 * @param loss the objective's value before the update
 * @param chanceLevelLoss the objective's value for a chance-level prediction (BYOL: orthogonal
 *     vectors; OBoW: the uniform distribution): skill = 1 − loss ÷ chanceLevelLoss
 * @param gradientNorm L2 norm of the student's gradient
 * @param learningRate rate this update used
 * @param teacherMomentum EMA momentum this update used; NaN without a teacher
 * @param images images this update learned from
 * @param metrics the method's own monitors, by name
 * @param phaseNanos time by phase (views, forward, objective, backward, optimizer, ema)
 * @param features what the representation made of each image that this process computed, [images,
 *     dimension] row after row, from the pass the update itself made; null where the method has
 *     none to give
 */
public record StepReport(
    double loss,
    double chanceLevelLoss,
    double gradientNorm,
    double learningRate,
    double teacherMomentum,
    int images,
    Map<String, Double> metrics,
    Map<String, Long> phaseNanos,
    float @Nullable [] features) {
  public StepReport {
    metrics = Map.copyOf(metrics);
    phaseNanos = Map.copyOf(phaseNanos);
  }

  /** Without features. */
  public StepReport(
      double loss,
      double chanceLevelLoss,
      double gradientNorm,
      double learningRate,
      double teacherMomentum,
      int images,
      Map<String, Double> metrics,
      Map<String, Long> phaseNanos) {
    this(
        loss,
        chanceLevelLoss,
        gradientNorm,
        learningRate,
        teacherMomentum,
        images,
        metrics,
        phaseNanos,
        null);
  }

  /**
   * The same with other features.
   *
   * @param all [images, dimension], row after row
   */
  public StepReport with(float[] all) {
    return new StepReport(
        loss,
        chanceLevelLoss,
        gradientNorm,
        learningRate,
        teacherMomentum,
        images,
        metrics,
        phaseNanos,
        all);
  }

  /** 1 − loss ÷ chance-level loss. */
  public double skill() {
    return 1 - loss / chanceLevelLoss;
  }
}
