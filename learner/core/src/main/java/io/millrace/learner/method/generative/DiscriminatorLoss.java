package io.millrace.learner.method.generative;

import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.BinaryCrossEntropyObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Objects;

/** What a discriminator's logits say of images: cross-entropies, and metrics of them. */
final class DiscriminatorLoss {
  private static final BinaryCrossEntropyObjective OBJECTIVE = new BinaryCrossEntropyObjective();

  private DiscriminatorLoss() {}

  /** The loss of logits [N, 1] that should all say this. */
  static LossAndGradients verdict(StepContext context, Tensor logits, boolean real) {
    Tensor labels = logits.mul(0).add(real ? 1 : 0);
    return context.evaluate(
        OBJECTIVE,
        Map.of(
            BinaryCrossEntropyObjective.LOGITS, logits,
            BinaryCrossEntropyObjective.LABELS, labels));
  }

  /** Records how the discriminator scores on either side; its loss is the sum of both. */
  static Tensor recordMetrics(
      StepContext context, LossAndGradients ofReal, LossAndGradients ofMade) {
    context.metric("scoreOfReal", Objects.requireNonNull(ofReal.metrics().get("score")));
    context.metric("scoreOfMade", Objects.requireNonNull(ofMade.metrics().get("score")));
    return ofReal.loss().add(ofMade.loss());
  }

  /** The derivative of a verdict by its logits, without the weight of a pass. */
  static Tensor gradient(LossAndGradients verdict) {
    return Objects.requireNonNull(verdict.gradients().get(BinaryCrossEntropyObjective.LOGITS));
  }
}
