package io.millrace.learner.method.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.testing.ScopedContract;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks that one optimizer trains together. */
public abstract class TrainedContract extends ScopedContract {
  private static final double RATE = 0.5;
  private static final OptimizerSettings PLAIN =
      new OptimizerSettings(
          OptimizerSettings.Kind.SGD, 0, false, 0, 0.02, 0.9, 0.999, 1e-8, true, false, 0);

  private MethodState state() {
    var state = new MethodState(engine);
    for (String name : List.of("a", "b")) {
      state.add(name, engine.network(Heads.linear(name, 2, 2)));
    }
    return state;
  }

  /** The norm of all gradients is 10: shortened to 2 they move parameters by RATE · g / 5. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 2, 12})
  public void aLongGradientIsShortenedOverAllNetworks(double most) {
    var trained = new OptimizerGroup("updates", List.of("a", "b"), PLAIN.withClipNorm(most));
    try (MethodState state = state()) {
      trained.addMemory(state);
      state.network("a").gradients().slice(0, 0, 1).fillIn(6);
      state.network("b").gradients().slice(0, 1, 2).fillIn(8);
      double square = trained.update(state, RATE).item();
      assertThat(square).as("before it was clipped").isCloseTo(100, within(1e-9));
      double factor = most == 2 ? 0.2 : 1;
      assertThat(state.network("a").parameters().toDoubles()[0])
          .isCloseTo(-RATE * 6 * factor, within(1e-6));
      assertThat(state.network("b").parameters().toDoubles()[1])
          .isCloseTo(-RATE * 8 * factor, within(1e-6));
      assertThat(Arrays.stream(state.network("a").gradients().toDoubles()).sum()).isZero();
    }
  }

  @Test
  public void aNetworkThatSomebodyElseUpdatesIsNotClipped() {
    var trained = new OptimizerGroup("updates", List.of("a", "b"), PLAIN.withClipNorm(4));
    try (MethodState state = state()) {
      trained.addMemory(state);
      state.network("a").gradients().slice(0, 0, 1).fillIn(6);
      state.network("b").gradients().slice(0, 1, 2).fillIn(8);
      trained.update(
          state,
          RATE,
          "a",
          a -> {
            assertThat(a.gradients().toDoubles()[0]).isEqualTo(6);
            a.clearGradients();
          });
      assertThat(state.network("b").parameters().toDoubles()[1]).isCloseTo(-RATE * 4, within(1e-6));
    }
  }

  @Test
  public void theRateIsForTheBatchAtHand() {
    var trained = new OptimizerGroup("updates", List.of("a"), PLAIN);
    try (MethodState state = state()) {
      var schedule = ScheduleSettings.constant(0.4, 0).forBatch(128).schedule();
      assertThat(trained.rate(state, schedule, 32)).isEqualTo(0.1);
      state.scalar(MethodState.RATE_FACTOR, 0.5);
      assertThat(trained.rate(state, schedule, 256)).isEqualTo(0.4);
    }
  }
}
