package io.millrace.learner.optim;

import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * Layer-wise adaptive rate scaling (You, Gitman, Ginsburg 2017), as solo-learn's {@code LARS}. For
 * each weight tensor p with gradient g, both of a norm over 0:
 *
 * <pre>
 * g ← (g + λ p) · η ‖p‖ / (‖g‖ + λ ‖p‖ + ε)
 * v ← μ v + g;   p ← p − rate · v
 * </pre>
 *
 * Biases and normalization parameters are neither decayed nor adapted.
 */
record Lars(double momentum, double weightDecay, double trust) implements Optimizer {
  private static final double EPSILON = 1e-8;

  @Override
  public List<String> memory() {
    return List.of("velocity");
  }

  @Override
  public void update(
      Tensor p, Tensor g, List<Tensor> memory, SegmentLayout layout, double rate, long updates) {
    Tensor v = memory.get(0);
    v.scaleIn(momentum);
    for (Segment segment : layout.parameters()) {
      long from = segment.offset();
      long to = from + segment.size();
      Tensor vs = v.slice(0, from, to);
      Tensor gs = g.slice(0, from, to);
      if (segment.kind().isBiasOrNorm()) {
        vs.addIn(1, gs);
        continue;
      }
      Tensor ps = p.slice(0, from, to);
      Tensor pNorm = ps.mul(ps).sum(false).sqrt();
      Tensor gNorm = gs.mul(gs).sum(false).sqrt();
      Tensor zero = pNorm.mul(0);
      Tensor adapted =
          pNorm.greater(zero).mul(gNorm.greater(zero)); // 1 or 0, without asking the host
      Tensor ratio =
          pNorm.mul(trust).div(gNorm.add(pNorm.mul(weightDecay)).add(EPSILON)).mul(adapted);
      vs.addIn(1, gs.mul(ratio.add(1).sub(adapted)));
      vs.addIn(weightDecay, ps.mul(ratio));
    }
    p.addIn(-rate, v);
  }
}
