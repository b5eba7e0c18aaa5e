package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Mean squared error of a reconstruction (Vincent et al. 2008; with weights: the masked loss of
 * Pathak et al. 2016, equation 1):
 *
 * <pre>
 * L = Σ w (p − t)² / Σ w,   L ≥ 0;   without weights w = 1
 * ∂L/∂p = 2 w (p − t) / Σ w
 * </pre>
 *
 * Inputs: {@code prediction} p [N, ...], {@code target} t of the same shape, a constant; where
 * weighted {@code weights} w ≥ 0, a constant that broadcasts to t, such as [N, 1, H, W]. Metric:
 * {@code uninformed}, the loss of predicting the batch's mean image: Σ w (t − t̄)² / Σ w.
 */
public final class MeanSquaredErrorObjective implements Objective {
  /** p, the reconstruction. */
  public static final String PREDICTION = "prediction";

  /** t, what is to be reconstructed. */
  public static final String TARGET = "target";

  /** w, how much each element counts. */
  public static final String WEIGHTS = "weights";

  /** Metric: the loss of predicting the batch's mean image. */
  public static final String CHANCE_LEVEL = "uninformed";

  private static final double EPSILON = 1e-12;

  private final boolean weighted;

  private MeanSquaredErrorObjective(boolean weighted) {
    this.weighted = weighted;
  }

  /** Every element counts alike. */
  public static MeanSquaredErrorObjective plain() {
    return new MeanSquaredErrorObjective(false);
  }

  /** Elements count as the input {@code weights} says. */
  public static MeanSquaredErrorObjective weighted() {
    return new MeanSquaredErrorObjective(true);
  }

  @Override
  public Set<String> inputs() {
    return weighted ? Set.of(PREDICTION, TARGET, WEIGHTS) : Set.of(PREDICTION, TARGET);
  }

  @Override
  public Set<String> differentiable() {
    return Set.of(PREDICTION);
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("mean-squared-error", inputs);
    Tensor p = in.tensor(PREDICTION);
    Tensor t = in.tensor(TARGET);
    in.sameShape(p, PREDICTION, t, TARGET);
    UnaryOperator<Tensor> share = weighted ? byWeight(in.tensor(WEIGHTS), t) : alike(t);

    Tensor error = p.sub(t);
    Tensor spread = t.sub(t.mean(true, 0));
    return new LossAndGradients(
        share.apply(error.mul(error)).sum(false),
        Map.of(PREDICTION, share.apply(error).mul(2)),
        Map.of(CHANCE_LEVEL, share.apply(spread.mul(spread)).sum(false)));
  }

  private static UnaryOperator<Tensor> alike(Tensor t) {
    return x -> x.mul(1.0 / t.size());
  }

  private static UnaryOperator<Tensor> byWeight(Tensor w, Tensor t) {
    double repeats = t.size() / (double) w.size();
    Tensor all = w.sum(false).mul(repeats).clamp(EPSILON, Double.POSITIVE_INFINITY);
    Tensor shares = w.div(all);
    return x -> x.mul(shares);
  }

  /** The metric {@link #CHANCE_LEVEL} of an evaluation, a scalar. */
  public static Tensor chanceLevel(LossAndGradients evaluated) {
    return Objects.requireNonNull(evaluated.metrics().get(CHANCE_LEVEL));
  }
}
