package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * Reconstruction of a teacher's feature map. Its channels are standardized over the batch and all
 * cells, as data2vec (Baevski et al. 2022, section 3.3) standardizes its targets: a map of
 * constants then teaches nothing, and the scale of a channel does not decide what it is worth.
 *
 * <pre>
 * t̃_c = (t_c − mean t_c) / √(var t_c + ε),   ε = 1e-5, variance with 1/n
 * L = mean (p − t̃)²,   L ≥ 0
 * ∂L/∂p = 2 (p − t̃) / size
 * </pre>
 *
 * Inputs: {@code prediction} p [N, C, H, W], {@code target} t of the same shape, a constant.
 * Metric: {@code uninformed}, mean t̃², the loss of predicting each channel's mean: 1 but for ε and
 * for channels that are constant.
 */
public final class FeatureReconstructionObjective implements Objective {
  /** p, the student's reconstruction. */
  public static final String PREDICTION = MeanSquaredErrorObjective.PREDICTION;

  /** t, the teacher's map. */
  public static final String TARGET = MeanSquaredErrorObjective.TARGET;

  /** Metric: the loss of predicting each channel's mean. */
  public static final String CHANCE_LEVEL = MeanSquaredErrorObjective.CHANCE_LEVEL;

  private static final double EPSILON = 1e-5;

  @Override
  public Set<String> inputs() {
    return Set.of(PREDICTION, TARGET);
  }

  @Override
  public Set<String> differentiable() {
    return Set.of(PREDICTION);
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("feature-reconstruction", inputs);
    Tensor p = in.map(PREDICTION);
    Tensor t = in.map(TARGET);
    in.sameShape(p, PREDICTION, t, TARGET);

    Tensor centered = t.sub(t.mean(true, 0, 2, 3));
    Tensor variance = centered.mul(centered).mean(true, 0, 2, 3);
    Tensor standard = centered.div(variance.add(EPSILON).sqrt());
    Tensor error = p.sub(standard);
    return new LossAndGradients(
        error.mul(error).mean(false),
        Map.of(PREDICTION, error.mul(2.0 / p.size())),
        Map.of(CHANCE_LEVEL, standard.mul(standard).mean(false)));
  }
}
