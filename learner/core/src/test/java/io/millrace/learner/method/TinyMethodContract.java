package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.testing.ScopedContract;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** How methods are checked: a tiny backbone, a few images, and what every method must hold. */
public abstract class TinyMethodContract extends ScopedContract {
  /** Two stages and a few hundred parameters. */
  public static NetworkSpec tiny() {
    return new NetworkSpec(
        "student",
        List.of(3, 16, 16),
        List.of(
            new Named("conv1", new Layer.Conv2d(3, 6, 3, 2, 1, false)),
            new Named("bn1", Layer.BatchNorm.of(6)),
            new Named("layer3", new Layer.Relu()),
            new Named("conv2", new Layer.Conv2d(6, 8, 3, 2, 1, false)),
            new Named("bn2", Layer.BatchNorm.of(8)),
            new Named("layer4", new Layer.Relu()),
            new Named("avgpool", new Layer.GlobalAveragePool())),
        Set.of("layer3", "layer4"));
  }

  /** Images of mixed sizes, the same for the same ids. */
  public static ImageBatch batch(long step, int first, int n) {
    var ids = new ArrayList<String>();
    var images = new ArrayList<PixelImage>();
    for (int i = first; i < first + n; i++) {
      var random = new Random(i);
      int width = 16 + i % 5;
      int height = 18 + i % 3;
      byte[] rgb = new byte[width * height * 3];
      random.nextBytes(rgb);
      ids.add("image-" + i);
      images.add(new PixelImage(width, height, rgb));
    }
    return new ImageBatch(step, IdentifiedImage.zip(ids, images));
  }

  /** The velocities of SGD with momentum 0.9 after a step tell the gradients it took. */
  public final void gradientsAreDerivatives(Method method) {
    try (MethodState state = method.initialize(engine)) {
      method.step(batch(0, 0, 4), state); // a vocabulary or a queue starts here
      StateSnapshot before = state.snapshot();
      ImageBatch next = batch(1, 4, 4);
      method.step(next, state);
      StateSnapshot after = state.snapshot();
      int checked = 0;
      for (String vector : before.tensors().keySet()) {
        if (!vector.endsWith(".velocity")) {
          continue;
        }
        String parameters = vector.replace(".velocity", ".parameters");
        double[] p = values(before, parameters);
        double[] was = values(before, vector);
        double[] is = values(after, vector);
        for (int i = 0; i < p.length; i += Math.max(1, p.length / 10)) {
          double gradient = is[i] - 0.9 * was[i] - TinyMethods.DECAY * p[i];
          double h = 1e-6;
          double numeric =
              (loss(method, state, moved(before, parameters, i, h), next)
                      - loss(method, state, moved(before, parameters, i, -h), next))
                  / (2 * h);
          assertThat(gradient)
              .as("%s[%d]", parameters, i)
              .isCloseTo(numeric, within(1e-6 + 1e-5 * Math.abs(numeric)));
          checked++;
        }
      }
      assertThat(checked).isGreaterThanOrEqualTo(20);
    }
  }

  private static double loss(
      Method method, MethodState state, StateSnapshot from, ImageBatch batch) {
    state.restore(from);
    return method.step(batch, state).loss();
  }

  static StateSnapshot moved(StateSnapshot from, String name, int i, double by) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>(from.tensors());
    double[] values = values(from, name).clone();
    values[i] += by;
    tensors.put(name, new HostTensor(from.tensors().get(name).shape(), values));
    return new StateSnapshot(tensors, from.counters(), from.scalars());
  }

  public static double[] values(StateSnapshot snapshot, String name) {
    return (double[]) snapshot.tensors().get(name).values();
  }

  /** A state restored into a method of the same settings goes on as the one it was taken from. */
  public final void resumesBitForBit(Supplier<Method> settings) {
    Method method = settings.get();
    StateSnapshot middle;
    StateSnapshot end;
    try (MethodState state = method.initialize(engine)) {
      run(method, state, 0, 3);
      middle = state.snapshot();
      run(method, state, 3, 6);
      end = state.snapshot();
    }
    Method again = settings.get();
    try (MethodState state = again.initialize(engine)) {
      state.restore(middle);
      run(again, state, 3, 6);
      StateSnapshot resumed = state.snapshot();
      assertThat(resumed.counters()).isEqualTo(end.counters());
      assertThat(resumed.scalars()).isEqualTo(end.scalars());
      assertThat(resumed.tensors().keySet()).isEqualTo(end.tensors().keySet());
      for (String tensor : end.tensors().keySet()) {
        assertThat(Arrays.equals(values(resumed, tensor), values(end, tensor))).as(tensor).isTrue();
      }
    }
  }

  /** An update whose loss is not finite changes nothing. */
  public final void anUpdateOfNoNumberLeavesNothingBehind(Method method) {
    anUpdateOfNoNumberLeavesNothingBehind(method, 1, method.representation());
  }

  /** The same after some steps, where this network is what has come to grief. */
  public final void anUpdateOfNoNumberLeavesNothingBehind(
      Method method, int steps, String network) {
    try (MethodState state = method.initialize(engine);
        var before = new UpdateRollback(state)) {
      run(method, state, 0, steps);
      state.restore(moved(state.snapshot(), network + ".parameters", 0, Double.NaN));
      StateSnapshot as = state.snapshot();
      before.take();
      assertThatThrownBy(() -> run(method, state, steps, steps + 1))
          .isInstanceOf(NonFiniteUpdateException.class)
          .hasMessageContaining("NaN");
      before.restore();
      StateSnapshot left = state.snapshot();
      assertThat(left.counters()).isEqualTo(as.counters());
      assertThat(left.scalars()).isEqualTo(as.scalars());
      for (String tensor : as.tensors().keySet()) {
        assertThat(Arrays.equals(values(left, tensor), values(as, tensor))).as(tensor).isTrue();
      }
      state
          .networks()
          .forEach((name, net) -> assertThat(net.gradients().toDoubles()).as(name).containsOnly(0));
    }
  }

  private static void run(Method method, MethodState state, int from, int to) {
    for (int step = from; step < to; step++) {
      method.step(batch(step, 7 * step, 5 + step % 2), state);
    }
  }

  /** On sixteen images, again and again, the mean skill of the last ten steps is higher. */
  public final void skillRises(Method method, int steps, double rise) {
    skillRises(method, step -> batch(step, 0, 16), steps, rise);
  }

  /** The same on other batches. The first updates find random keys in a queue: they don't count. */
  public final void skillRises(
      Method method, IntFunction<ImageBatch> batches, int steps, double rise) {
    try (MethodState state = method.initialize(engine)) {
      double first = 0;
      double last = 0;
      for (int step = 0; step < steps; step++) {
        double skill = method.step(batches.apply(step), state).skill();
        first += step >= 2 && step < 5 ? skill / 3 : 0;
        last += step >= steps - 10 ? skill / 10 : 0;
      }
      assertThat(last).isGreaterThan(first + rise);
    }
  }

  /** One step of a method reports what it did. */
  public final StepReport reports(Method method) {
    try (MethodState state = method.initialize(engine)) {
      StepReport report = method.step(batch(0, 0, 3), state);
      assertThat(report.images()).isEqualTo(3);
      assertThat(report.loss()).isFinite().isPositive();
      assertThat(report.chanceLevelLoss()).isFinite().isPositive();
      assertThat(report.gradientNorm()).isFinite().isPositive();
      assertThat(report.learningRate()).isPositive();
      assertThat(report.phaseNanos())
          .containsOnlyKeys("views", "forward", "objective", "backward", "optimiser", "ema");
      assertThat(report.metrics().values()).allSatisfy(v -> assertThat(v).isFinite());
      assertThat(report.metrics()).containsKey("batchFeatureStd");
      // Of the reference images, by the monitors: one name for one meaning.
      assertThat(report.metrics()).doesNotContainKeys("featureStd", "rankMe");
      Network representation = state.network(method.representation());
      assertThat(representation.spec().name()).isEqualTo(method.representation());
      for (String tensor : method.releasedTensors()) {
        assertThat(state.tensor(tensor).size()).isPositive();
      }
      return report;
    }
  }
}
