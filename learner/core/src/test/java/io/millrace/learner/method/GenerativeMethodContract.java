package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.bow.KMeans;
import io.millrace.learner.method.generative.AutoencoderSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What methods that reconstruct, play against each other or go through phases owe. */
public abstract class GenerativeMethodContract extends TinyMethodContract {
  private static final ScheduleSettings RATE = TinyMethods.RATE;
  private static final ScheduleSettings STILL = TinyMethods.STILL;
  private static final ScheduleSettings FAST = ScheduleSettings.constant(0.02, 0);

  private static Method deceivingInpainting() {
    return TinyMethods.deceivingInpainting(TinyMethods.still());
  }

  @Test
  void gradientsThroughAugmentedViewsAreDerivativesToo() {
    ViewSettings view = AutoencoderSettings.defaults().view().withSize(16);
    gradientsAreDerivatives(TinyMethods.autoencoder(view));
    gradientsAreDerivatives(TinyMethods.denoising(view));
    gradientsAreDerivatives(TinyMethods.inpainting(view));
    gradientsAreDerivatives(TinyMethods.featureReconstruction(view));
  }

  @Test
  void aRestoredReconstructionThatDeceivesGoesOnBitForBit() {
    resumesBitForBit(GenerativeMethodContract::deceivingInpainting);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void aRestoredGameGoesOnBitForBitAtEveryTurn(int discriminatorSteps) {
    resumesBitForBit(() -> TinyMethods.gan(discriminatorSteps, RATE, RATE));
    resumesBitForBit(() -> TinyMethods.bigan(discriminatorSteps, RATE, RATE));
  }

  /** The state is taken after step 3: in rotation, in k-means, in prediction, in a new round. */
  @ParameterizedTest
  @CsvSource({"5, 1, 1", "2, 2, 2", "1, 1, 9", "1, 1, 1"})
  void aRestoredBownetGoesOnBitForBitInEveryPhase(long rotation, long vocabulary, long prediction) {
    resumesBitForBit(() -> TinyMethods.bownet(rotation, vocabulary, prediction));
  }

  @Test
  void aReconstructionOfNoNumberThatDeceivesIsLeftOut() {
    anUpdateOfNoNumberLeavesNothingBehind(deceivingInpainting());
  }

  @Test
  void aDiscriminatorOfNoNumberIsLeftOutToo() {
    anUpdateOfNoNumberLeavesNothingBehind(deceivingInpainting(), 1, "discriminator");
  }

  @Test
  void whoIsDeceivedIsNotReleased() {
    Method method = deceivingInpainting();
    assertThat(method.releases("decoder")).isTrue();
    assertThat(method.releases("discriminator")).isFalse();
    assertThat(method.fixedSettings()).containsEntry("adversary.channels", "16");
    assertThat(TinyMethods.inpainting(TinyMethods.still()).fixedSettings())
        .doesNotContainKey("adversary.channels");
    try (MethodState state = TinyMethods.inpainting(TinyMethods.still()).initialize(engine)) {
      assertThat(state.networks()).containsOnlyKeys("student", "decoder");
    }
  }

  @ParameterizedTest
  @CsvSource({"1, head", "1, generator", "3, student"})
  void aGameOfNoNumberIsLeftOut(int discriminatorSteps, String network) {
    anUpdateOfNoNumberLeavesNothingBehind(
        TinyMethods.gan(discriminatorSteps, RATE, RATE), 2, network);
  }

  @ParameterizedTest
  @CsvSource({"1, joint", "1, generator", "3, student"})
  void aGameOfPairsOfNoNumberIsLeftOut(int discriminatorSteps, String network) {
    anUpdateOfNoNumberLeavesNothingBehind(
        TinyMethods.bigan(discriminatorSteps, RATE, RATE), 2, network);
  }

  /** In rotation, in k-means, in prediction. */
  @ParameterizedTest
  @CsvSource({"9, 1, student", "2, 9, teacher", "1, 1, wordHead"})
  void aBownetOfNoNumberIsLeftOutInEveryPhase(long rotation, long vocabulary, String network) {
    anUpdateOfNoNumberLeavesNothingBehind(TinyMethods.bownet(rotation, vocabulary, 9), 3, network);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "autoencoder",
        "denoising",
        "inpainting",
        "feature-reconstruction",
        "gan",
        "bigan",
        "bownet"
      })
  void aStepReportsWhatItDid(String name) {
    var model = ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(0.125));
    Method method = Methods.create(name, model);
    assertThat(method.name()).isEqualTo(name);
    assertThat(reports(method).features()).hasSize(3 * 64);
  }

  @Test
  @Tag("learning")
  void aDiscriminatorLearnsToTellAStillGeneratorsImages() {
    skillRises(TinyMethods.gan(1, FAST, STILL), 40, 0.2);
    skillRises(TinyMethods.bigan(1, FAST, STILL), 40, 0.2);
  }

  @Test
  @Tag("learning")
  void aGeneratorLearnsToDeceiveAStillDiscriminator() {
    for (Method method :
        List.of(TinyMethods.gan(1, STILL, FAST), TinyMethods.bigan(1, STILL, FAST))) {
      try (MethodState state = method.initialize(engine)) {
        var losses = new ArrayList<Double>();
        for (int step = 0; step < 40; step++) {
          losses.add(method.step(batch(step, 0, 16), state).metrics().get("generatorLoss"));
        }
        assertThat(losses.get(39)).isLessThan(losses.get(0) - 0.02);
      }
    }
  }

  @Test
  void theGeneratorHasItsTurnAfterTheDiscriminators() {
    Method method = TinyMethods.gan(3, RATE, RATE);
    try (MethodState state = method.initialize(engine)) {
      Network generator = state.network("generator");
      for (int step = 0; step < 7; step++) {
        double[] before = generator.parameters().toDoubles();
        StepReport report = method.step(batch(step, 0, 4), state);
        boolean moved = !Arrays.equals(before, generator.parameters().toDoubles());
        assertThat(moved).as("step %d", step).isEqualTo(step % 3 == 2);
        assertThat(report.metrics().containsKey("generatorLoss")).isEqualTo(moved);
      }
      assertThat(state.counter("discriminator.updates")).isEqualTo(7);
      assertThat(state.counter("generator.updates")).isEqualTo(2);
    }
  }

  @Test
  void madeImagesLeaveNoTraceInTheRunningStatistics() {
    Method one = TinyMethods.gan(1, RATE, RATE);
    try (MethodState state = one.initialize(engine);
        MethodState other = one.initialize(engine)) {
      other.network("generator").parameters().scaleIn(3);
      one.step(batch(0, 0, 4), state);
      one.step(batch(0, 0, 4), other);
      assertThat(state.network("student").statistics().toDoubles())
          .isEqualTo(other.network("student").statistics().toDoubles());
    }
  }

  @Test
  void theTeacherOfFeaturesIsTheAverageOfTheStudentsParameters() {
    Method method = TinyMethods.featureReconstruction(TinyMethods.still());
    try (MethodState state = method.initialize(engine)) {
      double[] teacher = state.network("student").parameters().toDoubles();
      for (int step = 0; step < 3; step++) {
        method.step(batch(step, 4 * step, 4), state);
        double[] student = state.network("student").parameters().toDoubles();
        for (int i = 0; i < teacher.length; i++) {
          teacher[i] = 0.9 * teacher[i] + 0.1 * student[i];
        }
      }
      assertThat(state.network("teacher").parameters().toDoubles())
          .containsExactly(teacher, within(1e-12));
    }
  }

  @Test
  void bownetGoesThroughItsPhasesAndTheStudentBecomesTheTeacher() {
    Method method = TinyMethods.bownet(20, 5, 20);
    try (MethodState state = method.initialize(engine)) {
      List<StepReport> reports = new ArrayList<>();
      for (int step = 0; step < 51; step++) {
        reports.add(method.step(batch(step, 0, 16), state));
      }
      var phases = reports.stream().map(r -> r.metrics().get("phase")).toList();
      assertThat(phases.subList(0, 20)).containsOnly(0.0);
      assertThat(phases.subList(20, 25)).containsOnly(1.0);
      assertThat(phases.subList(25, 45)).containsOnly(2.0);
      assertThat(phases.subList(45, 50)).containsOnly(1.0);
      assertThat(phases.get(50)).isEqualTo(2.0);
      assertThat(reports.get(44).metrics()).containsEntry("round", 0.0);
      assertThat(reports.get(45).metrics()).containsEntry("round", 1.0);
      // The teacher is the student at the phase's end, and stays while the student learns.
      assertThat(reports.get(20).metrics()).containsEntry("teacherDistance", 0.0);
      assertThat(reports.get(30).metrics().get("teacherDistance")).isPositive();
      assertThat(reports.get(45).metrics()).containsEntry("teacherDistance", 0.0);
      // Each phase learns.
      assertThat(reports.get(19).skill()).isGreaterThan(reports.get(0).skill() + 0.01);
      assertThat(reports.get(24).loss()).isLessThan(reports.get(20).loss());
      assertThat(reports.get(44).skill()).isGreaterThan(reports.get(25).skill() + 0.02);
    }
  }

  @Test
  void kMeansFindsClustersFarApart() {
    var kMeans = new KMeans("words", 12, 2);
    try (var state = new MethodState(engine)) {
      kMeans.addTo(state);
      double[] centers = {10, 0, -10, 0, 0, 10};
      for (int step = 0; step < 20; step++) {
        double[] points = gaussians(step, 2 * 60);
        for (int i = 0; i < 60; i++) {
          points[2 * i] = 0.1 * points[2 * i] + centers[2 * (i % 3)];
          points[2 * i + 1] = 0.1 * points[2 * i + 1] + centers[2 * (i % 3) + 1];
        }
        Tensor vectors = engine.tensor(points, 60, 2);
        KMeans.Fit fit = kMeans.follow(state, vectors, step, 1);
        assertThat(fit.spread().item()).isGreaterThan(50);
        assertThat(fit.error().item()).isLessThan(0.05);
      }
      assertThat(kMeans.full(state)).isTrue();
      double seen = state.tensor("words.counts").sum(false).item();
      assertThat(seen).isEqualTo(20 * 60);
      kMeans.clear(state);
      assertThat(kMeans.filled(state)).isZero();
    }
  }
}
