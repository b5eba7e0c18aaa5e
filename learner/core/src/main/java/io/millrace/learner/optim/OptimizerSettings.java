package io.millrace.learner.optim;

import com.fasterxml.jackson.annotation.JsonValue;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.ingest.settings.Spelling;

/** An optimizer and its settings. */
public record OptimizerSettings(
    @Doc("the rule that turns gradients into updates") Kind kind,
    @Doc("μ of sgd and lars") @Range(min = 0, under = 1) double momentum,
    @Doc("whether sgd looks ahead") boolean nesterov,
    @Doc("λ") @Range(min = 0, max = 1) double weightDecay,
    @Doc("η of lars") @Range(over = 0, max = 1) double trust,
    @Doc("decay of adamw's mean") @Range(min = 0, under = 1) double beta1,
    @Doc("decay of adamw's mean square") @Range(min = 0, under = 1) double beta2,
    @Doc("what adamw adds to the root") @Range(over = 0, max = 1) double epsilon) {
  /** The optimizers there are. */
  public enum Kind {
    /** Stochastic gradient descent with momentum. */
    SGD,

    /** SGD with a rate for each layer. */
    LARS,

    /** Adam with decoupled weight decay. */
    ADAMW;

    /** As it is written in configurations and checkpoints. */
    @Override
    @JsonValue
    public String toString() {
      return Spelling.of(this);
    }
  }

  public OptimizerSettings {
    Allowed.check(
        OptimizerSettings.class,
        kind,
        momentum,
        nesterov,
        weightDecay,
        trust,
        beta1,
        beta2,
        epsilon);
    if (nesterov && kind != Kind.SGD) {
      throw new IllegalArgumentException("nesterov is true: expected false with " + kind);
    }
  }

  /** SGD with momentum 0.9 and weight decay 5e-4. */
  public static OptimizerSettings defaults() {
    return new OptimizerSettings(Kind.SGD, 0.9, false, 5e-4, 0.02, 0.9, 0.999, 1e-8);
  }

  /** The same with another optimizer. */
  public OptimizerSettings withKind(Kind kind) {
    return new OptimizerSettings(
        kind, momentum, nesterov, weightDecay, trust, beta1, beta2, epsilon);
  }

  /** The same with another weight decay. */
  public OptimizerSettings withWeightDecay(double weightDecay) {
    return new OptimizerSettings(
        kind, momentum, nesterov, weightDecay, trust, beta1, beta2, epsilon);
  }

  /** The same with or without looking ahead. */
  public OptimizerSettings withNesterov(boolean nesterov) {
    return new OptimizerSettings(
        kind, momentum, nesterov, weightDecay, trust, beta1, beta2, epsilon);
  }

  /** The same with another decay of adamw's mean. */
  public OptimizerSettings withBeta1(double beta1) {
    return new OptimizerSettings(
        kind, momentum, nesterov, weightDecay, trust, beta1, beta2, epsilon);
  }

  /** The optimizer itself. */
  public Optimizer optimizer() {
    return switch (kind) {
      case SGD -> new Sgd(momentum, nesterov, weightDecay);
      case LARS -> new Lars(momentum, weightDecay, trust);
      case ADAMW -> new AdamW(beta1, beta2, epsilon, weightDecay);
    };
  }
}
