package io.millrace.learner.optim;

import java.util.List;

/**
 * An optimiser and its settings.
 *
 * @param kind sgd, lars or adamw
 * @param momentum μ of sgd and lars, 0 up to but not 1
 * @param nesterov whether sgd looks ahead
 * @param weightDecay λ, 0 to 1
 * @param trust η of lars, over 0
 * @param beta1 decay of adamw's mean, 0 up to but not 1
 * @param beta2 decay of adamw's mean square, 0 up to but not 1
 * @param epsilon what adamw adds to the root, over 0
 */
public record OptimiserSettings(
    String kind,
    double momentum,
    boolean nesterov,
    double weightDecay,
    double trust,
    double beta1,
    double beta2,
    double epsilon) {
  private static final List<String> KINDS = List.of("sgd", "lars", "adamw");

  public OptimiserSettings {
    if (!KINDS.contains(kind)) {
      throw new IllegalArgumentException("kind is '" + kind + "': expected one of " + KINDS);
    }
    decay("momentum", momentum);
    if (nesterov && !kind.equals("sgd")) {
      throw new IllegalArgumentException("nesterov is true: expected false with " + kind);
    }
    if (!(weightDecay >= 0 && weightDecay <= 1)) {
      throw new IllegalArgumentException("weightDecay is " + weightDecay + ": expected 0 to 1");
    }
    if (!(trust > 0 && trust <= 1)) {
      throw new IllegalArgumentException("trust is " + trust + ": expected over 0, at most 1");
    }
    decay("beta1", beta1);
    decay("beta2", beta2);
    if (!(epsilon > 0 && epsilon <= 1)) {
      throw new IllegalArgumentException("epsilon is " + epsilon + ": expected over 0, at most 1");
    }
  }

  /** SGD with momentum 0.9 and weight decay 5e-4. */
  public static OptimiserSettings defaults() {
    return new OptimiserSettings("sgd", 0.9, false, 5e-4, 0.02, 0.9, 0.999, 1e-8);
  }

  /** The same with another optimiser. */
  public OptimiserSettings withKind(String kind) {
    return new OptimiserSettings(
        kind, momentum, nesterov, weightDecay, trust, beta1, beta2, epsilon);
  }

  /** The same with another weight decay. */
  public OptimiserSettings withWeightDecay(double weightDecay) {
    return new OptimiserSettings(
        kind, momentum, nesterov, weightDecay, trust, beta1, beta2, epsilon);
  }

  /** The same with or without looking ahead. */
  public OptimiserSettings withNesterov(boolean nesterov) {
    return new OptimiserSettings(
        kind, momentum, nesterov, weightDecay, trust, beta1, beta2, epsilon);
  }

  /** The same with another decay of adamw's mean. */
  public OptimiserSettings withBeta1(double beta1) {
    return new OptimiserSettings(
        kind, momentum, nesterov, weightDecay, trust, beta1, beta2, epsilon);
  }

  /** The optimiser itself. */
  public Optimiser optimiser() {
    return switch (kind) {
      case "sgd" -> new Sgd(momentum, nesterov, weightDecay);
      case "lars" -> new Lars(momentum, weightDecay, trust);
      case "adamw" -> new AdamW(beta1, beta2, epsilon, weightDecay);
      default -> throw new IllegalStateException("kind was checked: " + kind);
    };
  }

  private static void decay(String key, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 0 up to but not 1");
    }
  }
}
