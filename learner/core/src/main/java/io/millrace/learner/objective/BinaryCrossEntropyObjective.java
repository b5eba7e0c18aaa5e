package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * Binary cross-entropy with logits, the loss of both players of a generative adversarial game
 * (Goodfellow et al. 2014). The discriminator labels real images 1 and made ones 0; the generator
 * labels what it made 1 and so maximizes log D(G(z)), the form that does not saturate (section 3).
 *
 * <pre>
 * L = mean_i (log(1 + exp(l_i)) − y_i l_i) = −mean_i (y_i log σ(l_i) + (1 − y_i) log(1 − σ(l_i)))
 * ∂L/∂l_i = (σ(l_i) − y_i) / N,   L ≥ 0
 * </pre>
 *
 * Inputs: {@code logits} l [N, 1], {@code labels} y [N, 1] in [0, 1], constants. Mean over the
 * batch, in nats. Metric: {@code score}, the mean of σ(l).
 */
public final class BinaryCrossEntropyObjective implements Objective {
  /** l, before the sigmoid. */
  public static final String LOGITS = "logits";

  /** y, the probabilities that are right. */
  public static final String LABELS = "labels";

  /** Loss of logit 0: log 2. */
  public static final double CHANCE_LEVEL = Math.log(2);

  @Override
  public Set<String> inputs() {
    return Set.of(LOGITS, LABELS);
  }

  @Override
  public Set<String> differentiable() {
    return Set.of(LOGITS);
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("binary-cross-entropy", inputs);
    Tensor l = in.matrix(LOGITS);
    Tensor y = in.matrix(LABELS);
    in.sameShape(l, LOGITS, y, LABELS);

    // log(1 + exp(l)) = max(l, 0) + log(1 + exp(−|l|)), which never overflows.
    Tensor softplus = l.clamp(0, Double.POSITIVE_INFINITY).add(l.abs().mul(-1).exp().add(1).log());
    Tensor score = l.sigmoid();
    return new LossAndGradients(
        softplus.sub(y.mul(l)).mean(false),
        Map.of(LOGITS, score.sub(y).mul(1.0 / l.size())),
        Map.of("score", score.mean(false)));
  }
}
