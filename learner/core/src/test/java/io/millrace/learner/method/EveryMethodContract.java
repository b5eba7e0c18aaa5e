package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.group.Shards;
import io.millrace.learner.group.SoleProcess;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.testing.GradientRecorder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every method of the registry must hold, shown by its {@linkplain TinyMethods tiny variant}:
 * true gradients, a state that is all there is, a loss that falls. What a method is exempt from is
 * in {@link Exemption}.
 */
public abstract class EveryMethodContract extends TinyMethodContract {
  private static final String ALL = "io.millrace.learner.method.registry.Methods#names";

  @TempDir Path directory;

  static List<String> differentiable() {
    return Exemption.without(Exemption.Check.GRADIENTS);
  }

  static List<String> learning() {
    return Exemption.without(Exemption.Check.LEARNING);
  }

  private Method tinyMethod(String name) {
    return TinyMethods.create(name, engine, directory);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void theTinyVariantIsOfTheRegisteredMethod(String name) {
    Method tiny = tinyMethod(name);
    assertThat(tiny.name()).isEqualTo(name);
    assertThat(tiny).hasSameClassAs(Methods.create(name, ModelSettings.defaults()));
  }

  /**
   * Parameters of each network that the third update trains are moved a little, and its loss with
   * them: the derivative is the gradient that the update was made with.
   */
  @ParameterizedTest
  @MethodSource("differentiable")
  void gradientsOfAWholeStepAreDerivativesOfItsLoss(String name) {
    gradientsAreDerivatives(name, 1, 10);
  }

  /**
   * The same where two shards, each with batch statistics of its own, make the step: the loss is
   * that of the whole batch, so terms between images of different shards count.
   */
  @ParameterizedTest
  @MethodSource("differentiable")
  void gradientsOfAStepInShardsAreDerivativesOfItsLoss(String name) {
    gradientsAreDerivatives(name, 2, 4);
  }

  private void gradientsAreDerivatives(String name, int shards, int ofEach) {
    var recorder = new GradientRecorder(engine);
    TinyMethod tiny = TinyMethods.find(name).orElseThrow();
    Method method = tiny.create(recorder, directory);
    try (MethodState state = method.initialize(recorder)) {
      state.distribute(Shards.alone(shards), new SoleProcess());
      method.step(batch(0, 0, 4), state); // a vocabulary or a queue starts here
      method.step(batch(1, 4, 4), state);
      StateSnapshot before = state.snapshot();
      ImageBatch next = batch(2, 8, 4);
      recorder.restart();
      method.step(next, state);
      Map<String, double[]> gradients = recorder.recorded();
      assertThat(gradients).as("networks that %s trains", name).containsKey("student");
      assertThat(gradients.keySet()).containsAll(tiny.losses().keySet());
      int checked = 0;
      for (var network : gradients.entrySet()) {
        double[] gradient = network.getValue();
        double largest = 0;
        for (int i = 0; i < gradient.length; i += Math.max(1, gradient.length / ofEach)) {
          double numeric = derivative(tiny, method, state, before, next, network.getKey(), i);
          assertThat(gradient[i])
              .as("%s: gradient by %s.parameters[%d]", name, network.getKey(), i)
              .isCloseTo(numeric, within(1e-6 + 1e-5 * Math.abs(numeric)));
          largest = Math.max(largest, Math.abs(numeric));
          checked++;
        }
        assertThat(largest)
            .as("%s: largest derivative by %s", name, network.getKey())
            .isGreaterThan(1e-5);
      }
      assertThat(checked).isGreaterThanOrEqualTo(2 * ofEach);
    }
  }

  private static double derivative(
      TinyMethod tiny,
      Method method,
      MethodState state,
      StateSnapshot before,
      ImageBatch batch,
      String network,
      int i) {
    double h = 1e-6;
    double[] loss = new double[2];
    for (int side = 0; side < 2; side++) {
      state.restore(moved(before, network + ".parameters", i, side == 0 ? h : -h));
      loss[side] = tiny.loss(network, method.step(batch, state));
    }
    return (loss[0] - loss[1]) / (2 * h);
  }

  /** A gradient that nobody clears, such as a teacher's, would grow from update to update. */
  @ParameterizedTest
  @MethodSource(ALL)
  void anUpdateLeavesNoGradientBehind(String name) {
    Method method = tinyMethod(name);
    try (MethodState state = method.initialize(engine)) {
      for (int step = 0; step < 3; step++) {
        method.step(batch(step, 4 * step, 4), state);
        for (var network : state.networks().entrySet()) {
          double[] left = network.getValue().gradients().toDoubles();
          assertThat(DoubleStream.of(left).map(Math::abs).max().orElse(0))
              .as("%s: largest gradient of %s after step %d", name, network.getKey(), step)
              .isZero();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aRestoredStateGoesOnBitForBit(String name) {
    resumesBitForBit(() -> tinyMethod(name));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void anUpdateOfNoNumberIsLeftOut(String name) {
    anUpdateOfNoNumberLeavesNothingBehind(tinyMethod(name), 3, "student");
  }

  @ParameterizedTest
  @MethodSource("learning")
  @Tag("learning")
  void skillRisesOnAFewImages(String name) {
    TinyMethod tiny = TinyMethods.find(name).orElseThrow();
    skillRises(tiny.create(engine, directory), tiny.batches(), 120, 0.05);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aStepReportsWhatItDid(String name) {
    reports(tinyMethod(name));
  }
}
