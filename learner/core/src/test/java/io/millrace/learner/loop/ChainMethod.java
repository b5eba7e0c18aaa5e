package io.millrace.learner.loop;

import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.tensor.Engine;
import java.util.Arrays;
import java.util.Map;

/**
 * A method without a network: its state is a hash over every step, id and pixel it was ever given,
 * in order. Two runs with one hash learned the same from the same.
 */
class ChainMethod implements Method {
  private final long brokenAt;

  ChainMethod() {
    this(-1);
  }

  /** With a loss that is not finite at one step. */
  ChainMethod(long brokenAt) {
    this.brokenAt = brokenAt;
  }

  @Override
  public String name() {
    return "chain";
  }

  @Override
  public MethodState initialize(Engine engine) {
    var state = new MethodState(engine);
    state.counter("chain", 1);
    return state;
  }

  @Override
  public StepReport step(ImageBatch batch, MethodState state) {
    long chain = state.counter("chain") * 31 + batch.step();
    for (int i = 0; i < batch.size(); i++) {
      chain = chain * 31 + batch.ids().get(i).hashCode();
      chain = chain * 31 + Arrays.hashCode(batch.images().get(i).rgb());
    }
    state.counter("chain", chain);
    state.scalar("mean", chain / 3.0);
    double loss = batch.step() == brokenAt ? Double.NaN : 1 + 1.0 / (1 + batch.step());
    return new StepReport(
        loss, 2, 1, 0.1, 0.9, batch.size(), Map.of("chained", 1.0), Map.of("forward", 1L));
  }

  @Override
  public String representation() {
    return "none";
  }
}
