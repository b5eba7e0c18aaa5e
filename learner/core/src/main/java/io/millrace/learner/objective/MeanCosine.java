package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;

/**
 * Mean cosine between rows of two matrices, and its derivative by the first:
 *
 * <pre>
 * c = mean_i ⟨q̂_i, ẑ_i⟩,   ∂c/∂q_i = 1/N · (ẑ_i − ⟨q̂_i, ẑ_i⟩ q̂_i) / ‖q_i‖
 * </pre>
 *
 * @param mean c, a scalar
 * @param gradient ∂c/∂q [N, D]
 */
record MeanCosine(Tensor mean, Tensor gradient) {
  static MeanCosine of(Inputs in, String moving, String constant) {
    Tensor[] pair = in.pair(moving, constant);
    UnitRows q = UnitRows.of(pair[0]);
    Tensor z = UnitRows.of(pair[1]).unit();
    Tensor mean = q.unit().mul(z).sum(true, 1).mean(false);
    return new MeanCosine(mean, q.back(z).mul(1.0 / z.size(0)));
  }
}
