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
 *
 * @param decayAll whether λ counts for biases, normalization parameters and a transformer's class
 *     token and positions too
 */
record Sgd(double momentum, boolean nesterov, double weightDecay, boolean decayAll)
    implements Optimizer {
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
      for (Decayed range : Decayed.of(layout, decayAll)) {
        Tensor decayed = p.slice(0, range.from(), range.to());
        v.slice(0, range.from(), range.to()).addIn(weightDecay, decayed);
        if (nesterov) {
          decayed.scaleIn(1 - rate * weightDecay);
        }
      }
    }
    if (nesterov) {
      p.addIn(-rate, g).addIn(-rate * momentum, v);
    } else {
      p.addIn(-rate, v);
    }
  }
}
