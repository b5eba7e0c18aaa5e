package io.millrace.learner.method.joint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.Blobs;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.MethodSuite;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.distillation.DistillationMethod;
import io.millrace.learner.method.distillation.DistillationSettings;
import io.millrace.learner.method.distillation.ReleasedTeacher;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.NetworkSpec;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Joint-embedding methods and distillation: what every method owes, and what each adds. */
public abstract class JointMethodConformance extends MethodSuite {
  // Keys in a queue, and a centre, mean something while the teacher is slower than they are.
  private static final double SLOW = 0.99;
  private static final OptimiserSettings SGD = OptimiserSettings.defaults().withWeightDecay(DECAY);
  private static final ScheduleSettings RATE = ScheduleSettings.constant(0.05, 0);

  /** Views so alike that a few updates tell. */
  private static final ViewSettings VIEW =
      new ViewSettings(1, 16, 0.8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0.1, 2, 0);

  private static final ModelSettings MODEL =
      new ModelSettings(3, BackboneSettings.defaults(), Preprocessing.defaults().withSize(16));

  @TempDir Path directory;

  private Method tinyMethod(String name) {
    NetworkSpec tiny = tiny();
    return switch (name) {
      case "simsiam" ->
          new SimSiamMethod(MODEL, tiny, new SimSiamSettings(VIEW, VIEW, 2, 10, 12, 8, SGD, RATE));
      case "simclr" ->
          new SimClrMethod(MODEL, tiny, new SimClrSettings(VIEW, VIEW, 10, 8, 0.3, SGD, RATE));
      case "moco" ->
          new MocoMethod(
              MODEL, tiny, new MocoSettings(VIEW, VIEW, 10, 8, 24, 0.3, SLOW, SGD, RATE));
      case "barlow-twins" ->
          new BarlowTwinsMethod(
              MODEL, tiny, new BarlowTwinsSettings(VIEW, VIEW, 10, 8, 0.01, 0.1, SGD, RATE));
      case "vicreg" ->
          new VicRegMethod(
              MODEL, tiny, new VicRegSettings(VIEW, VIEW, 10, 8, 5, 5, 0.2, SGD, RATE));
      case "cmp" ->
          new CmpMethod(
              MODEL,
              tiny,
              new CmpSettings(VIEW.withViews(3), 10, 12, 8, 1, 0.05, 0.2, SLOW, SGD, RATE));
      case "dino" -> dino(0, 4);
      case "distillation" -> distillation("cosine");
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Method dino(int frozen, int warmUp) {
    ViewSettings local = VIEW.withViews(2).withSize(8).withScale(0.08, 0.4);
    return new DinoMethod(
        MODEL,
        tiny(),
        new DinoSettings(
            VIEW, VIEW, true, local, 10, 8, 12, 0.1, 0.04, 0.05, warmUp, frozen, 0.9, SLOW, SGD,
            RATE));
  }

  private Method distillation(String target) {
    String teacher =
        ReleasedTeacher.release(
            engine,
            MODEL.backbone().withWidth(0.125).spec("student", 16),
            MODEL.preprocessing(),
            9,
            directory);
    return new DistillationMethod(
        MODEL, tiny(), new DistillationSettings(teacher, VIEW, target, 2, SGD, RATE));
  }

  // SimSiam's stop-gradient makes its step no gradient of its loss: its literal step stands for it.
  @ParameterizedTest
  @ValueSource(
      strings = {"simclr", "moco", "barlow-twins", "vicreg", "dino", "distillation", "cmp"})
  void gradientsOfAWholeStepAreDerivativesOfItsLoss(String name) {
    gradientsAreDerivatives(tinyMethod(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mse", "logits"})
  void gradientsOfOtherTargetsAreDerivativesToo(String target) {
    gradientsAreDerivatives(distillation(target));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "simsiam",
        "simclr",
        "moco",
        "barlow-twins",
        "vicreg",
        "dino",
        "distillation",
        "cmp"
      })
  void aRestoredStateGoesOnBitForBit(String name) {
    resumesBitForBit(() -> tinyMethod(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "simsiam",
        "simclr",
        "moco",
        "barlow-twins",
        "vicreg",
        "dino",
        "distillation",
        "cmp"
      })
  void anUpdateOfNoNumberIsLeftOut(String name) {
    anUpdateOfNoNumberLeavesNothingBehind(tinyMethod(name), 1, "student");
  }

  // DINO's targets move with its teacher, its loss with them.
  @ParameterizedTest
  @ValueSource(
      strings = {"simsiam", "simclr", "moco", "barlow-twins", "vicreg", "distillation", "cmp"})
  @Tag("learning")
  void skillRisesOnAFewImages(String name) {
    // A queue must not hold other keys of the very images that are to be found in it.
    boolean queue = name.equals("moco");
    Method method = tinyMethod(name);
    try (MethodState state = method.initialise(engine)) {
      double first = 0;
      double last = 0;
      for (int step = 0; step < 120; step++) {
        ImageBatch batch = queue ? Blobs.batch(step, 16 * (step % 8), 16) : batch(step, 0, 16);
        double skill = method.step(batch, state).skill();
        // The first updates find random keys in the queue.
        first += step >= 2 && step < 5 ? skill / 3 : 0;
        last += step >= 110 ? skill / 10 : 0;
      }
      assertThat(last).isGreaterThan(first + 0.05);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "simsiam",
        "simclr",
        "moco",
        "barlow-twins",
        "vicreg",
        "dino",
        "distillation",
        "cmp"
      })
  void aStepReportsWhatItDid(String name) {
    StepReport report = reports(tinyMethod(name));
    assertThat(report.figures()).containsKey("projectionStd");
    boolean taught = List.of("moco", "dino", "cmp").contains(name);
    assertThat(Double.isNaN(report.teacherMomentum())).isEqualTo(!taught);
    assertThat(report.figures().containsKey("teacherDistance")).isEqualTo(taught);
  }

  @ParameterizedTest
  @ValueSource(strings = {"moco", "dino"})
  void theTeacherIsTheAverageOfTheStudentsParameters(String name) {
    Method method = tinyMethod(name);
    try (MethodState state = method.initialise(engine)) {
      double[] teacher = state.network("student").parameters().toDoubles();
      for (int step = 0; step < 3; step++) {
        method.step(batch(step, 4 * step, 4), state);
        double[] student = state.network("student").parameters().toDoubles();
        for (int i = 0; i < teacher.length; i++) {
          teacher[i] = SLOW * teacher[i] + (1 - SLOW) * student[i];
        }
      }
      assertThat(state.network("teacher").parameters().toDoubles())
          .containsExactly(teacher, within(1e-12));
    }
  }

  @Test
  void mocosQueueStartsAtRandomAndTurns() {
    Method method = tinyMethod("moco");
    assertThat(method.releasedTensors()).containsExactly("queue");
    try (MethodState state = method.initialise(engine)) {
      double[] start = state.tensor("queue").toDoubles();
      assertThat(lengths(state)).allSatisfy(l -> assertThat(l).isCloseTo(1, within(1e-12)));
      method.step(batch(0, 0, 5), state);
      assertThat(state.counter("queue.pointer")).isEqualTo(10);
      double[] after = state.tensor("queue").toDoubles();
      for (int i = 0; i < start.length; i++) {
        assertThat(after[i] == start[i]).as("element %d", i).isEqualTo(i >= 80);
      }
      method.step(batch(1, 5, 8), state);
      assertThat(state.counter("queue.pointer")).as("24 keys, then round").isEqualTo(2);
      assertThat(lengths(state)).allSatisfy(l -> assertThat(l).isCloseTo(1, within(1e-12)));
    }
  }

  private static List<Double> lengths(MethodState state) {
    var queue = state.tensor("queue");
    return java.util.Arrays.stream(queue.mul(queue).sum(false, 1).toDoubles()).boxed().toList();
  }

  @Test
  void dinosPrototypesStayUntilTheirPhaseIsOver() {
    Method method = dino(2, 4);
    assertThat(method.representation()).isEqualTo("teacher");
    assertThat(method.releasedTensors()).containsExactly("centre");
    try (MethodState state = method.initialise(engine)) {
      double[] start = state.network("prototypes").parameters().toDoubles();
      double[] temperatures = {0.04, 0.0425, 0.045};
      for (int step = 0; step < 3; step++) {
        StepReport report = method.step(batch(step, 4 * step, 4), state);
        assertThat(report.figures()).containsEntry("frozen", step < 2 ? 1.0 : 0.0);
        assertThat(report.figures().get("teacherTemperature"))
            .isCloseTo(temperatures[step], within(1e-12));
        double[] now = state.network("prototypes").parameters().toDoubles();
        assertThat(java.util.Arrays.equals(now, start)).isEqualTo(step < 2);
      }
      assertThat(state.counter("prototypeUpdates")).isEqualTo(1);
      assertThat(state.tensor("centre").abs().sum(false).item()).isPositive();
    }
  }

  @Test
  void aRateThatTheGuardLoweredHoldsForDinosPrototypesToo() {
    assertThat(prototypesMove(0.5) / prototypesMove(1)).isCloseTo(0.5, within(1e-9));
  }

  /** How far the first prototype's first number goes in one update, at a share of the rate. */
  private double prototypesMove(double rateFactor) {
    Method method = dino(0, 4);
    try (MethodState state = method.initialise(engine)) {
      state.scalar(MethodState.RATE_FACTOR, rateFactor);
      double before = state.network("prototypes").parameters().toDoubles()[0];
      method.step(batch(0, 0, 4), state);
      return state.network("prototypes").parameters().toDoubles()[0] - before;
    }
  }

  @Test
  void aDistilledTeacherStaysAsItIs() {
    Method method = tinyMethod("distillation");
    try (MethodState state = method.initialise(engine)) {
      double[] parameters = state.network("released").parameters().toDoubles();
      double[] statistics = state.network("released").statistics().toDoubles();
      method.step(batch(0, 0, 4), state);
      assertThat(state.network("released").parameters().toDoubles()).isEqualTo(parameters);
      assertThat(state.network("released").statistics().toDoubles()).isEqualTo(statistics);
    }
  }

  @Test
  void aTeacherThatIsNotThereOrSeesOtherColoursIsRefused() {
    DistillationSettings defaults = DistillationSettings.defaults();
    assertThatThrownBy(() -> new DistillationMethod(MODEL, tiny(), defaults).requireInputs())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("methods.distillation.teacher is '': expected the path of a");
    String none = directory.resolve("none.safetensors").toString();
    assertThatThrownBy(
            () -> new DistillationMethod(MODEL, tiny(), defaults.withTeacher(none)).requireInputs())
        .hasMessageStartingWith("methods.distillation.teacher is '" + none + "': expected");
    var grey = new Preprocessing(16, List.of(0.5, 0.5, 0.5), MODEL.preprocessing().std());
    String other = ReleasedTeacher.release(engine, tiny(), grey, 1, directory);
    assertThatThrownBy(
            () ->
                new DistillationMethod(MODEL, tiny(), defaults.withTeacher(other)).requireInputs())
        .hasMessageContaining("its images have mean [0.5, 0.5, 0.5]");
  }

  @Test
  void localCropsLargerThanTheImageAreRefused() {
    DinoSettings d = DinoSettings.defaults();
    assertThatThrownBy(() -> new DinoMethod(MODEL, tiny(), withLocal(d, 32)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "methods.dino.localViews.size is 32: expected at most model.preprocessing.size (16)");
    new DinoMethod(MODEL, tiny(), withLocal(d, 16));
  }

  private static DinoSettings withLocal(DinoSettings d, int size) {
    return new DinoSettings(
        d.firstView(),
        d.secondView(),
        d.multiCrop(),
        d.localViews().withSize(size),
        d.headHidden(),
        d.bottleneck(),
        d.prototypes(),
        d.studentTemperature(),
        d.firstTeacherTemperature(),
        d.teacherTemperature(),
        d.temperatureWarmUp(),
        d.frozenUpdates(),
        d.centreMomentum(),
        d.teacherMomentum(),
        d.optimiser(),
        d.learningRate());
  }
}
