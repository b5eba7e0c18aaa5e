package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * Colorization's class-rebalanced cross-entropy (Zhang et al. 2016, equation 2) over places h and
 * colors q, as a weighted mean:
 *
 * <pre>
 * p_h = softmax(y_h),   L = (Σ_h v_h · −Σ_q t_hq log p_hq + ε log Q) / V,   V = Σ_h v_h + ε
 * ∂L/∂y_h = v_h (p_h − t_h) / V
 * </pre>
 *
 * The authors divide by the number of places; the weighted mean is as large for any palette, and ε
 * makes it log Q with a gradient of 0 where no place has weight.
 *
 * <p>Inputs: {@code prediction} y [H, Q], unnormalized; {@code target} t [H, Q], rows of sum 1, and
 * {@code weight} v [H, 1], 0 or more and 0 where gray, constants. Metric: {@code accuracy}, share
 * of places with weight whose likeliest color is the true one.
 */
public final class ColorizationObjective implements Objective {
  /** y, one number for each place and color. */
  public static final String PREDICTION = "prediction";

  /** t, the soft-encoded true colors. */
  public static final String TARGET = "target";

  /** v, how much each place counts. */
  public static final String WEIGHT = "weight";

  private static final double EPSILON = 1e-6;

  @Override
  public Set<String> inputs() {
    return Set.of(PREDICTION, TARGET, WEIGHT);
  }

  @Override
  public Set<String> differentiable() {
    return Set.of(PREDICTION);
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("colorization", inputs);
    Tensor y = in.matrix(PREDICTION);
    Tensor t = in.matrix(TARGET);
    Tensor v = in.matrix(WEIGHT);
    in.equal("rows", y.size(0), PREDICTION, t.size(0), TARGET);
    in.equal("columns", y.size(1), PREDICTION, t.size(1), TARGET);
    in.equal("rows", y.size(0), PREDICTION, v.size(0), WEIGHT);
    if (v.size(1) != 1) {
      throw new IllegalArgumentException(
          "colorization: 'weight' has " + v.size(1) + " columns: expected 1");
    }

    long colors = y.size(1);
    Tensor logP = y.logSoftmax(1);
    Tensor all = v.sum(false).add(EPSILON);
    Tensor loss = logP.mul(t).mul(v).sum(false).mul(-1).add(EPSILON * Math.log(colors)).div(all);
    Tensor gradient = logP.exp().sub(t).mul(v).div(all);

    Tensor counts = v.reshape(-1).greater(v.mul(0).reshape(-1));
    Tensor right = y.argmax(1).equalTo(t.argmax(1)).mul(counts).sum(false);
    Tensor accuracy = right.div(counts.sum(false).clamp(1, Double.POSITIVE_INFINITY));
    return new LossAndGradients(loss, Map.of(PREDICTION, gradient), Map.of("accuracy", accuracy));
  }
}
