package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.method.distillation.DistillationMethod;
import io.millrace.learner.method.distillation.DistillationSettings;
import io.millrace.learner.method.distillation.ReleasedTeacher;
import io.millrace.learner.method.joint.DinoMethod;
import io.millrace.learner.method.joint.DinoSettings;
import io.millrace.learner.method.settings.ModelSettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Joint-embedding methods and distillation: what each adds to what every method must hold. */
public abstract class JointMethodContract extends TinyMethodContract {
  private static final ModelSettings MODEL = TinyMethods.MODEL;
  private static final double SLOW = TinyMethods.SLOW;

  @TempDir Path directory;

  private Method tinyMethod(String name) {
    return TinyMethods.create(name, engine, directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mse", "logits"})
  void gradientsOfOtherTargetsAreDerivativesToo(String target) {
    gradientsAreDerivatives(TinyMethods.distillation(target, engine, directory));
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
    assertThat(report.metrics()).containsKey("projectionStd");
    boolean taught = List.of("moco", "dino", "cmp").contains(name);
    assertThat(Double.isNaN(report.teacherMomentum())).isEqualTo(!taught);
    assertThat(report.metrics().containsKey("teacherDistance")).isEqualTo(taught);
  }

  @ParameterizedTest
  @ValueSource(strings = {"moco", "dino"})
  void theTeacherIsTheAverageOfTheStudentsParameters(String name) {
    Method method = tinyMethod(name);
    try (MethodState state = method.initialize(engine)) {
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
    try (MethodState state = method.initialize(engine)) {
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

  @Test
  void aKeyKnowsItsImageAndAnOldCheckpointsKeysKnowNone() {
    Method method = tinyMethod("moco");
    try (MethodState state = method.initialize(engine);
        MethodState older = method.initialize(engine)) {
      assertThat(method.step(batch(0, 0, 5), state).metrics()).containsEntry("ownKeys", 0.0);
      StateSnapshot saved = state.snapshot();
      var tensors = new HashMap<>(saved.tensors());
      assertThat(tensors.remove("queue.ids")).isNotNull();
      older.restore(new StateSnapshot(tensors, saved.counters(), saved.scalars()));
      // Images 3 and 4 have two keys each in the queue, of eight images.
      assertThat(method.step(batch(1, 3, 8), state).metrics()).containsEntry("ownKeys", 0.5);
      assertThat(method.step(batch(1, 3, 8), older).metrics()).containsEntry("ownKeys", 0.0);
      assertThat(older.tensor("queue.ids").slice(0, 10, 24).toDoubles())
          .as("keys of the second update lie where they lie in the other")
          .isEqualTo(state.tensor("queue.ids").slice(0, 10, 24).toDoubles());
      assertThat(method.step(batch(2, 6, 2), older).metrics()).containsEntry("ownKeys", 2.0);
    }
  }

  private static List<Double> lengths(MethodState state) {
    var queue = state.tensor("queue");
    return java.util.Arrays.stream(queue.mul(queue).sum(false, 1).toDoubles()).boxed().toList();
  }

  @Test
  void dinosPrototypesStayUntilTheirPhaseIsOver() {
    Method method = TinyMethods.dino(2, 4);
    assertThat(method.representation()).isEqualTo("teacher");
    assertThat(method.releasedTensors()).containsExactly("centre");
    try (MethodState state = method.initialize(engine)) {
      double[] start = state.network("prototypes").parameters().toDoubles();
      double[] temperatures = {0.04, 0.0425, 0.045};
      for (int step = 0; step < 3; step++) {
        StepReport report = method.step(batch(step, 4 * step, 4), state);
        assertThat(report.metrics()).containsEntry("frozen", step < 2 ? 1.0 : 0.0);
        assertThat(report.metrics().get("teacherTemperature"))
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
    Method method = TinyMethods.dino(0, 4);
    try (MethodState state = method.initialize(engine)) {
      state.scalar(MethodState.RATE_FACTOR, rateFactor);
      double before = state.network("prototypes").parameters().toDoubles()[0];
      method.step(batch(0, 0, 4), state);
      return state.network("prototypes").parameters().toDoubles()[0] - before;
    }
  }

  @Test
  void aDistilledTeacherStaysAsItIs() {
    Method method = tinyMethod("distillation");
    try (MethodState state = method.initialize(engine)) {
      double[] parameters = state.network("released").parameters().toDoubles();
      double[] statistics = state.network("released").statistics().toDoubles();
      method.step(batch(0, 0, 4), state);
      assertThat(state.network("released").parameters().toDoubles()).isEqualTo(parameters);
      assertThat(state.network("released").statistics().toDoubles()).isEqualTo(statistics);
    }
  }

  @Test
  void aTeacherThatIsNotThereOrSeesOtherColorsIsRefused() {
    DistillationSettings defaults = DistillationSettings.defaults();
    assertThatThrownBy(() -> new DistillationMethod(MODEL, tiny(), defaults).requireInputs())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("methods.distillation.teacher is '': expected the path of a");
    String none = directory.resolve("none.safetensors").toString();
    assertThatThrownBy(
            () -> new DistillationMethod(MODEL, tiny(), defaults.withTeacher(none)).requireInputs())
        .hasMessageStartingWith("methods.distillation.teacher is '" + none + "': expected");
    var gray = new Preprocessing(16, List.of(0.5, 0.5, 0.5), MODEL.preprocessing().std());
    String other = ReleasedTeacher.release(engine, tiny(), gray, 1, directory);
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
        d.centerMomentum(),
        d.teacherMomentum(),
        d.optimizer().withDecayAll(true),
        d.learningRate());
  }
}
