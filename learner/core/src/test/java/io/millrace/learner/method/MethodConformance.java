package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.PatchSettings;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.testing.EngineTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every method owes: true gradients, a moving teacher, a state that is all there is. */
public abstract class MethodConformance extends EngineTest {
  private static final ModelSettings MODEL =
      ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(0.125));
  private static final double TAU = 0.9;
  private static final double DECAY = 5e-4;

  /** Two stages and a few hundred parameters. */
  private static NetworkSpec tiny() {
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

  private static Method tinyMethod(String name) {
    var model =
        new ModelSettings(3, BackboneSettings.defaults(), Preprocessing.defaults().withSize(16));
    return name.equals("byol")
        ? new ByolMethod(model, tiny(), byol())
        : new ObowMethod(model, tiny(), obow());
  }

  private static ByolSettings byol() {
    ByolSettings d = ByolSettings.defaults();
    return new ByolSettings(
        d.firstView().withSize(16),
        d.secondView().withSize(16),
        8,
        10,
        12,
        TAU,
        d.optimiser().withWeightDecay(DECAY),
        ScheduleSettings.constant(0.05, 0));
  }

  private static ObowSettings obow() {
    ObowSettings d = ObowSettings.defaults();
    return new ObowSettings(
        d.crops().withSize(16),
        new PatchSettings(2, 8, 16, 2, 0.6, 1),
        d.levels(),
        16,
        d.vocabularyUpdate(),
        d.assignment(),
        d.inverseDelta(),
        d.distanceMomentum(),
        d.pooling(),
        d.kappa(),
        TAU,
        d.optimiser().withWeightDecay(DECAY),
        ScheduleSettings.constant(0.05, 0));
  }

  /** Images of mixed sizes, the same for the same ids. */
  static ImageBatch batch(long step, int first, int n) {
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
    return new ImageBatch(step, ids, images);
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void gradientsOfAWholeStepAreDerivativesOfItsLoss(String name) {
    Method method = tinyMethod(name);
    try (MethodState state = method.initialise(engine)) {
      method.step(batch(0, 0, 4), state); // OBoW's vocabulary starts here
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
          double gradient = is[i] - 0.9 * was[i] - DECAY * p[i];
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
      assertThat(checked).isGreaterThan(30);
    }
  }

  private static double loss(
      Method method, MethodState state, StateSnapshot from, ImageBatch batch) {
    state.restore(from);
    return method.step(batch, state).loss();
  }

  private static StateSnapshot moved(StateSnapshot from, String name, int i, double by) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>(from.tensors());
    double[] values = values(from, name).clone();
    values[i] += by;
    tensors.put(name, new HostTensor(from.tensors().get(name).shape(), values));
    return new StateSnapshot(tensors, from.counters(), from.scalars());
  }

  private static double[] values(StateSnapshot snapshot, String name) {
    return (double[]) snapshot.tensors().get(name).values();
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void theTeacherIsTheAverageOfTheStudentsParameters(String name) {
    Method method = tinyMethod(name);
    try (MethodState state = method.initialise(engine)) {
      double[] teacher = state.network("student").parameters().toDoubles();
      for (int step = 0; step < 3; step++) {
        method.step(batch(step, 4 * step, 4), state);
        double[] student = state.network("student").parameters().toDoubles();
        for (int i = 0; i < teacher.length; i++) {
          teacher[i] = TAU * teacher[i] + (1 - TAU) * student[i];
        }
      }
      assertThat(state.network("teacher").parameters().toDoubles())
          .containsExactly(teacher, within(1e-12));
      double[] own = state.network("teacher").statistics().toDoubles();
      assertThat(own).isNotEqualTo(state.network("student").statistics().toDoubles());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void aRestoredStateGoesOnBitForBit(String name) {
    Method method = tinyMethod(name);
    StateSnapshot middle;
    StateSnapshot end;
    try (MethodState state = method.initialise(engine)) {
      run(method, state, 0, 3);
      middle = state.snapshot();
      run(method, state, 3, 6);
      end = state.snapshot();
    }
    Method again = tinyMethod(name);
    try (MethodState state = again.initialise(engine)) {
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

  private static void run(Method method, MethodState state, int from, int to) {
    for (int step = from; step < to; step++) {
      method.step(batch(step, 7 * step, 5 + step % 2), state);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void skillRisesOnAFewImages(String name) {
    Method method = tinyMethod(name);
    try (MethodState state = method.initialise(engine)) {
      double first = 0;
      double last = 0;
      for (int step = 0; step < 120; step++) {
        StepReport report = method.step(batch(step, 0, 16), state);
        first += step < 3 ? report.skill() / 3 : 0;
        last += step >= 110 ? report.skill() / 10 : 0;
      }
      assertThat(last).isGreaterThan(first + 0.1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void aStepReportsWhatItDid(String name) {
    Method method = Methods.create(name, MODEL);
    assertThat(method.name()).isEqualTo(name);
    try (MethodState state = method.initialise(engine)) {
      StepReport report = method.step(batch(0, 0, 3), state);
      assertThat(report.images()).isEqualTo(3);
      assertThat(report.loss()).isFinite().isPositive();
      assertThat(report.uninformedLoss()).isFinite().isPositive();
      assertThat(report.gradientNorm()).isFinite().isPositive();
      assertThat(report.learningRate()).isPositive();
      assertThat(report.teacherMomentum()).isEqualTo(0.99);
      assertThat(report.phaseNanos())
          .containsOnlyKeys("views", "forward", "objective", "backward", "optimiser", "ema");
      assertThat(report.figures().values()).allSatisfy(v -> assertThat(v).isFinite());
      assertThat(report.figures()).containsKeys("featureStd", "teacherDistance");
      Network representation = state.network(method.representation());
      assertThat(representation.spec().name()).isEqualTo("student");
      for (String tensor : method.releasedTensors()) {
        assertThat(state.tensor(tensor).size()).isPositive();
      }
    }
  }

  @Test
  void byolsFirstLossIsThatOfItsViews() {
    Method method = tinyMethod("byol");
    try (MethodState state = method.initialise(engine)) {
      StepReport report = method.step(batch(0, 0, 4), state);
      assertThat(report.uninformedLoss()).isEqualTo(4);
      assertThat(report.figures()).containsKeys("cosine", "projectionStd");
      assertThat(report.loss()).isCloseTo(4 - 4 * report.figures().get("cosine"), within(1e-9));
    }
  }

  @Test
  void obowsVocabularyIsAQueueThatGrowsThenTurns() {
    Method method = tinyMethod("obow");
    try (MethodState state = method.initialise(engine)) {
      StepReport report = method.step(batch(0, 0, 6), state);
      assertThat(report.figures())
          .containsEntry("words.layer3", 6.0)
          .containsKeys(
              "perplexityBatch.layer3",
              "perplexityImage.layer4",
              "minDistance.layer4",
              "loss.crops",
              "loss.patches");
      double[] empty = state.tensor("vocabulary.layer4").slice(0, 6, 16).toDoubles();
      assertThat(empty).containsOnly(0.0);
      assertThat(state.counter("vocabulary.layer3.distances")).isZero();
      report = method.step(batch(1, 6, 6), state);
      assertThat(state.counter("vocabulary.layer3.distances")).isEqualTo(1);
      assertThat(report.figures()).containsEntry("words.layer3", 12.0);
      double[] kept = state.tensor("vocabulary.layer4").slice(0, 2, 12).toDoubles();
      report = method.step(batch(2, 12, 6), state);
      assertThat(report.figures()).containsEntry("words.layer3", 16.0);
      assertThat(state.counter("vocabulary.layer4.pointer")).isEqualTo(2);
      assertThat(state.tensor("vocabulary.layer4").slice(0, 2, 12).toDoubles()).isEqualTo(kept);
      method.step(batch(3, 18, 20), state); // more images than words
      assertThat(state.counter("vocabulary.layer4.filled")).isEqualTo(16);
    }
  }
}
