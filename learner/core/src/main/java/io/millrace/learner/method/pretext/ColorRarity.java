package io.millrace.learner.method.pretext;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.tensor.Tensor;

/**
 * How rare each color has been on the stream, and so how much a place of that color counts (Zhang
 * et al. 2016, section 2.2): with p the running share of each color among all,
 *
 * <pre>
 * w_q = 1 / ((1 − γ) p_q + γ / Q), scaled so that Σ_q p_q w_q = 1,   v_h = w of h's likeliest color
 * c ← m c + (1 − m) · (mean soft-encoded color of the batch, gray images 0),   p = c / Σ c
 * </pre>
 *
 * m is the smaller of the momentum and n/(n+1) after n batches, a plain mean at first. The authors
 * count once over ImageNet; a stream is counted as it goes (ours). State: tensor {@code colours}
 * [Q], counter {@code colours.batches}.
 */
record ColorRarity(int colors, double uniformShare, double momentum) {
  private static final String SHARES = "colours";
  private static final String BATCHES = "colours.batches";

  /** Adds empty counts to a fresh state. */
  void addTo(MethodState state) {
    state.add(SHARES, state.engine().zeros(colors));
    state.counter(BATCHES, 0);
  }

  /**
   * Counts a batch.
   *
   * @param soft soft-encoded colors, [places, Q]
   * @param colored 1 where a place's image has color, else 0, [places, 1]
   */
  void count(StepContext context, Tensor soft, Tensor colored) {
    MethodState state = context.state();
    Tensor ofBatch = context.mean(soft.mul(colored).mean(false, 0));
    context.once(
        () -> {
          count(state, ofBatch);
          return true;
        });
  }

  private void count(MethodState state, Tensor ofBatch) {
    long n = state.counter(BATCHES);
    double m = Math.min(momentum, n / (n + 1.0));
    state.tensor(SHARES).lerpIn(ofBatch, 1 - m);
    state.counter(BATCHES, n + 1);
  }

  /** Weight of each place, [places, 1]; 0 where the image is gray. */
  Tensor weights(MethodState state, Tensor soft, Tensor colored) {
    Tensor likeliest = soft.argmax(1).oneHot(colors);
    return likeliest.matmul(rarities(state).reshape(-1, 1)).mul(colored);
  }

  /** p_q w_q, the share of each color in what counts so far: what to guess without looking. */
  Tensor palette(MethodState state) {
    return shares(state).mul(rarities(state));
  }

  private Tensor shares(MethodState state) {
    Tensor counted = state.tensor(SHARES);
    return counted.div(counted.sum(false).add(1e-12));
  }

  private Tensor rarities(MethodState state) {
    Tensor p = shares(state);
    Tensor w = p.mul(1 - uniformShare).add(uniformShare / colors).pow(-1);
    return w.div(p.mul(w).sum(false).add(1e-12));
  }
}
