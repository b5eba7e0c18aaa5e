package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;

/**
 * Rows of a matrix divided by their lengths, and the way back:
 *
 * <pre>
 * û_i = x_i / ‖x_i‖,   ∂L/∂x_i = (g_i − ⟨û_i, g_i⟩ û_i) / ‖x_i‖   where g = ∂L/∂û
 * </pre>
 *
 * @param unit û [N, D]
 * @param length ‖x‖ [N, 1], at least 1e-12
 */
record UnitRows(Tensor unit, Tensor length) {
  private static final double FLOOR = 1e-12;

  static UnitRows of(Tensor x) {
    Tensor length = x.mul(x).sum(true, 1).sqrt().clamp(FLOOR, Double.POSITIVE_INFINITY);
    return new UnitRows(x.div(length), length);
  }

  /** The gradient before normalization of a gradient after it. */
  Tensor back(Tensor gradient) {
    return gradient.sub(unit.mul(unit.mul(gradient).sum(true, 1))).div(length);
  }
}
