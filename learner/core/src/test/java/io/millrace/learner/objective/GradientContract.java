package io.millrace.learner.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.testing.Golden;
import io.millrace.learner.testing.ScopedContract;
import java.util.HashMap;
import java.util.Map;

/** How objectives are checked: against golden numbers and against central differences. */
abstract class GradientContract extends ScopedContract {
  static final double GOLDEN = 1e-9;

  final void gradientsAreDerivatives(Objective objective, Map<String, Tensor> inputs) {
    assertThat(objective.inputs()).isEqualTo(inputs.keySet());
    LossAndGradients at = objective.evaluate(inputs);
    assertThat(at.gradients().keySet()).isEqualTo(objective.differentiable());
    double h = 1e-6;
    for (String name : objective.differentiable()) {
      Tensor x = inputs.get(name);
      double[] values = x.toDoubles();
      double[] gradient = at.gradients().get(name).toDoubles();
      for (int i = 0; i < values.length; i++) {
        double[] loss = new double[2];
        for (int sign = 0; sign < 2; sign++) {
          double[] moved = values.clone();
          moved[i] += sign == 0 ? h : -h;
          var there = new HashMap<>(inputs);
          there.put(name, engine.tensor(moved, x.shape()));
          loss[sign] = objective.evaluate(there).loss().item();
        }
        assertThat(gradient[i])
            .as("%s[%d]", name, i)
            .isCloseTo((loss[0] - loss[1]) / (2 * h), within(1e-7));
      }
    }
  }

  final void close(Tensor got, JsonNode expected) {
    close("", got, expected);
  }

  final void close(String what, Tensor got, JsonNode expected) {
    assertThat(got.toDoubles()).as(what).containsExactly(Golden.values(expected), within(GOLDEN));
  }
}
