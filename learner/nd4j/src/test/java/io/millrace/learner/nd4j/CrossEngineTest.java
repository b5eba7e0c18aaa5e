package io.millrace.learner.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.PatchSettings;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.bow.ObowSettings;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two independent implementations, from the same weights over the same drawn views, agree. */
class CrossEngineTest {
  private static final int SIDE = 16;
  private static final ModelSettings MODEL =
      new ModelSettings(
          3, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults().withSize(SIDE));

  private static Method method(String name) {
    return method(name, OptimizerSettings.defaults());
  }

  private static Method method(String name, OptimizerSettings optimizer) {
    return Methods.create(name, MODEL, name.equals("byol") ? byol(optimizer) : obow(optimizer));
  }

  private static ByolSettings byol(OptimizerSettings optimizer) {
    ByolSettings d = ByolSettings.defaults();
    return new ByolSettings(
        d.firstView().withSize(SIDE),
        d.secondView().withSize(SIDE),
        32,
        24,
        32,
        d.teacherMomentum(),
        optimizer,
        ScheduleSettings.constant(0.05, 0));
  }

  private static ObowSettings obow(OptimizerSettings optimizer) {
    ObowSettings d = ObowSettings.defaults();
    return new ObowSettings(
        d.crops().withSize(SIDE),
        new PatchSettings(2, 8, 16, 2, 0.6, 1),
        d.levels(),
        16,
        d.vocabularyUpdate(),
        d.assignment(),
        d.inverseDelta(),
        d.distanceMomentum(),
        d.pooling(),
        d.kappa(),
        d.teacherMomentum(),
        optimizer,
        ScheduleSettings.constant(0.05, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void tenStepsInFloat64Agree(String name) {
    assertClose(
        after(TestEngines::nd4j, Precision.FLOAT64, name, 10),
        after(TestEngines::torch, Precision.FLOAT64, name, 10),
        1e-6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void theFirstGradientsInFloat32Agree(String name) {
    Map<String, double[]> nd4j = firstGradients(TestEngines::nd4j, name);
    Map<String, double[]> torch = firstGradients(TestEngines::torch, name);
    assertThat(nd4j.keySet()).isEqualTo(torch.keySet()).isNotEmpty();
    torch.forEach((network, gradient) -> assertClose(network, nd4j.get(network), gradient, 1e-4));
    assertClose(
        after(TestEngines::nd4j, Precision.FLOAT32, name, 1),
        after(TestEngines::torch, Precision.FLOAT32, name, 1),
        1e-4);
  }

  /** Of each network that is trained: the memory of SGD without decay, which begins at zero. */
  private static Map<String, double[]> firstGradients(
      Function<Precision, Engine> open, String name) {
    Method method = method(name, OptimizerSettings.defaults().withWeightDecay(0));
    try (Engine engine = open.apply(Precision.FLOAT32);
        MethodState state = method.initialize(engine)) {
      method.step(batch(0), state);
      var gradients = new HashMap<String, double[]>();
      for (String network : state.networks().keySet()) {
        HostTensor velocity = state.snapshot().tensors().get(network + ".velocity");
        if (velocity != null) {
          gradients.put(network, values(velocity.values()));
        }
      }
      return gradients;
    }
  }

  /** A run begun on one engine goes on under the other, and the other way round. */
  @Test
  void aCheckpointMovesBetweenEngines() {
    String name = "obow";
    StateSnapshot whole = after(TestEngines::torch, Precision.FLOAT64, name, 3);
    StateSnapshot begun = after(TestEngines::torch, Precision.FLOAT64, name, 1);
    StateSnapshot moved = goOn(TestEngines::nd4j, name, begun, 1, 2);
    assertClose(goOn(TestEngines::torch, name, moved, 2, 3), whole, 1e-7);
  }

  /** A release made on one engine is served by the other. */
  @Test
  void featuresOfOneReleaseAgree() {
    StateSnapshot learnt = after(TestEngines::torch, Precision.FLOAT32, "byol", 2);
    double[] torch = features(TestEngines::torch, learnt);
    double[] nd4j = features(TestEngines::nd4j, learnt);
    assertThat(nd4j).containsExactly(torch, within(1e-3 * Arrays.stream(torch).max().orElse(1)));
  }

  private static double[] features(Function<Precision, Engine> open, StateSnapshot from) {
    try (Engine engine = open.apply(Precision.FLOAT32);
        MethodState state = method("byol").initialize(engine);
        Scope scope = engine.scope()) {
      state.restore(from);
      var images = new double[4 * 3 * SIDE * SIDE];
      var random = new Random(9);
      Arrays.setAll(images, i -> random.nextGaussian());
      try (Activations pass =
          state.network("student").forward(engine.tensor(images, 4, 3, SIDE, SIDE), Mode.EVAL)) {
        return pass.output().toDoubles();
      }
    }
  }

  private static StateSnapshot after(
      Function<Precision, Engine> open, Precision precision, String name, int steps) {
    Method method = method(name);
    try (Engine engine = open.apply(precision);
        MethodState state = method.initialize(engine)) {
      for (int step = 0; step < steps; step++) {
        method.step(batch(step), state);
      }
      return state.snapshot();
    }
  }

  private static StateSnapshot goOn(
      Function<Precision, Engine> open, String name, StateSnapshot from, int first, int end) {
    Method method = method(name);
    try (Engine engine = open.apply(Precision.FLOAT64);
        MethodState state = method.initialize(engine)) {
      state.restore(from);
      for (int step = first; step < end; step++) {
        method.step(batch(step), state);
      }
      return state.snapshot();
    }
  }

  private static ImageBatch batch(int step) {
    var ids = new ArrayList<String>();
    List<PixelImage> images = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      byte[] rgb = new byte[32 * 32 * 3];
      new Random(step * 100L + i).nextBytes(rgb);
      ids.add(step + "-" + i);
      images.add(new PixelImage(32, 32, rgb));
    }
    return new ImageBatch(step, IdentifiedImage.zip(ids, images));
  }

  /** Each tensor's distance over its length. */
  private static void assertClose(StateSnapshot actual, StateSnapshot expected, double tolerance) {
    assertThat(actual.tensors().keySet()).isEqualTo(expected.tensors().keySet());
    assertThat(actual.counters()).isEqualTo(expected.counters());
    expected
        .tensors()
        .forEach(
            (name, tensor) ->
                assertClose(
                    name,
                    values(actual.tensors().get(name).values()),
                    values(tensor.values()),
                    tolerance));
  }

  private static void assertClose(
      String name, double[] actual, double[] expected, double tolerance) {
    double distance = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      distance += Math.pow(actual[i] - expected[i], 2);
      length += expected[i] * expected[i];
    }
    assertThat(Math.sqrt(distance)).as(name).isLessThanOrEqualTo(tolerance * Math.sqrt(length));
  }

  private static double[] values(Object values) {
    if (values instanceof float[] narrow) {
      double[] wide = new double[narrow.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = narrow[i];
      }
      return wide;
    }
    return (double[]) values;
  }
}
