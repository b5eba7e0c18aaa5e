package io.millrace.learner.optim;

import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * Stochastic gradient descent with momentum μ and weight decay λ, as PyTorch's {@code SGD}:
 *
 * <pre>
 * g ← g + λ p;   v ← μ v + g;   p ← p − η v          (Nesterov: p ← p − η (g + μ v))
 * </pre>
 */
record Sgd(double momentum, boolean nesterov, double weightDecay) implements Optimizer {
  @Override
  public List<String> memory() {
    return List.of("velocity");
  }

  @Override
  public void update(
      Tensor p, Tensor g, List<Tensor> memory, SegmentLayout layout, double rate, long updates) {
    Tensor v = memory.get(0);
    v.scaleIn(momentum).addIn(1, g);
    if (weightDecay > 0) {
      v.addIn(weightDecay, p);
    }
    if (nesterov) {
      p.scaleIn(1 - rate * weightDecay).addIn(-rate, g).addIn(-rate * momentum, v);
    } else {
      p.addIn(-rate, v);
    }
  }
}
