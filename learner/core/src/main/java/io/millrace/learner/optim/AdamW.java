package io.millrace.learner.optim;

import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * Adam with decoupled weight decay (Loshchilov, Hutter 2019), as PyTorch's {@code AdamW}; t counts
 * from 1:
 *
 * <pre>
 * p ← p − η λ p
 * m ← β₁ m + (1 − β₁) g;   s ← β₂ s + (1 − β₂) g²
 * p ← p − η / (1 − β₁ᵗ) · m / (√(s / (1 − β₂ᵗ)) + ε)
 * </pre>
 */
record AdamW(double beta1, double beta2, double epsilon, double weightDecay) implements Optimizer {
  @Override
  public List<String> memory() {
    return List.of("mean", "square");
  }

  @Override
  public void update(
      Tensor p, Tensor g, List<Tensor> memory, SegmentLayout layout, double rate, long updates) {
    Tensor m = memory.get(0);
    Tensor s = memory.get(1);
    double t = updates + 1.0;
    double unbias1 = 1 - Math.pow(beta1, t);
    double unbias2 = 1 - Math.pow(beta2, t);
    p.scaleIn(1 - rate * weightDecay);
    m.lerpIn(g, 1 - beta1);
    s.lerpIn(g.mul(g), 1 - beta2);
    p.addIn(-rate / unbias1, m.div(s.mul(1 / unbias2).sqrt().add(epsilon)));
  }
}
