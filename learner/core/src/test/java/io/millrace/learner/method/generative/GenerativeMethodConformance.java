package io.millrace.learner.method.generative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.augment.task.HoleSettings;
import io.millrace.learner.augment.task.NoiseSettings;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.MethodSuite;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.bow.BownetMethod;
import io.millrace.learner.method.bow.BownetSettings;
import io.millrace.learner.method.bow.FeatureReconstructionMethod;
import io.millrace.learner.method.bow.FeatureReconstructionSettings;
import io.millrace.learner.method.bow.KMeans;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Decoders;
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
public abstract class GenerativeMethodConformance extends MethodSuite {
  private static final ModelSettings MODEL =
      new ModelSettings(3, BackboneSettings.defaults(), Preprocessing.defaults().withSize(16));
  private static final OptimiserSettings SGD = OptimiserSettings.defaults().withWeightDecay(DECAY);
  private static final ScheduleSettings RATE = ScheduleSettings.constant(0.05, 0);
  private static final ScheduleSettings STILL = ScheduleSettings.constant(1e-12, 0);
  private static final ScheduleSettings FAST = ScheduleSettings.constant(0.02, 0);
  private static final int LATENT = 6;

  /** The whole image, always the same, so that a few steps can learn it. */
  private static ViewSettings still() {
    ViewSettings view = AutoencoderSettings.defaults().view();
    return new ViewSettings(
        1, 16, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, view.blurMinSigma(), view.blurMaxSigma(), 0);
  }

  private static Method reconstruction(String name, ViewSettings view) {
    var decoder = Decoders.decoder("decoder", 8, 16, 16);
    return switch (name) {
      case "autoencoder" ->
          new AutoencoderMethod(
              MODEL, tiny(), decoder, new AutoencoderSettings(view, 16, SGD, RATE));
      case "denoising" ->
          new DenoisingMethod(
              MODEL,
              tiny(),
              decoder,
              new DenoisingSettings(view, NoiseSettings.defaults(), 16, SGD, RATE));
      case "inpainting" ->
          new InpaintingMethod(
              MODEL,
              tiny(),
              decoder,
              new InpaintingSettings(view, HoleSettings.centre(), 0.1, 16, SGD, RATE));
      case "deceiving inpainting" ->
          new InpaintingMethod(
              MODEL,
              tiny(),
              decoder,
              new InpaintingSettings(
                  view,
                  HoleSettings.blocks(3, 0.25),
                  0.1,
                  16,
                  SGD,
                  RATE,
                  new AdversarySettings(0.1, 16, SGD, RATE)));
      default ->
          new FeatureReconstructionMethod(
              MODEL,
              tiny(),
              new FeatureReconstructionSettings(
                  view, HoleSettings.blocks(2, 0.25), 8, 0.9, SGD, RATE));
    };
  }

  private static Method gan(int discriminatorSteps, ScheduleSettings d, ScheduleSettings g) {
    var settings =
        new GanSettings(still(), LATENT, 16, discriminatorSteps, GanSettings.adam(), d, g);
    var generator = Decoders.generator("generator", LATENT, 16, 16);
    return new GanMethod(MODEL, tiny(), generator, settings);
  }

  private static Method bigan(int discriminatorSteps, ScheduleSettings d, ScheduleSettings g) {
    var settings =
        new BiganSettings(still(), LATENT, 16, 8, discriminatorSteps, GanSettings.adam(), d, g);
    return new BiganMethod(
        MODEL,
        tiny(),
        Decoders.generator("generator", LATENT, 16, 16),
        Decoders.discriminator("discriminator", 16, 8, 16),
        settings);
  }

  private static Method bownet(long rotation, long vocabulary, long prediction) {
    return new BownetMethod(
        MODEL,
        tiny(),
        new BownetSettings(still(), 16, 5, rotation, vocabulary, prediction, SGD, RATE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"autoencoder", "denoising", "inpainting", "feature-reconstruction"})
  void gradientsOfAWholeStepAreDerivativesOfItsLoss(String name) {
    gradientsAreDerivatives(
        reconstruction(name, AutoencoderSettings.defaults().view().withSize(16)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "autoencoder",
        "denoising",
        "inpainting",
        "deceiving inpainting",
        "feature-reconstruction"
      })
  void aRestoredReconstructionGoesOnBitForBit(String name) {
    resumesBitForBit(() -> reconstruction(name, still()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void aRestoredGameGoesOnBitForBitAtEveryTurn(int discriminatorSteps) {
    resumesBitForBit(() -> gan(discriminatorSteps, RATE, RATE));
    resumesBitForBit(() -> bigan(discriminatorSteps, RATE, RATE));
  }

  /** The state is taken after step 3: in rotation, in k-means, in prediction, in a new round. */
  @ParameterizedTest
  @CsvSource({"5, 1, 1", "2, 2, 2", "1, 1, 9", "1, 1, 1"})
  void aRestoredBownetGoesOnBitForBitInEveryPhase(long rotation, long vocabulary, long prediction) {
    resumesBitForBit(() -> bownet(rotation, vocabulary, prediction));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "autoencoder",
        "denoising",
        "inpainting",
        "deceiving inpainting",
        "feature-reconstruction"
      })
  void aReconstructionOfNoNumberIsLeftOut(String name) {
    anUpdateOfNoNumberLeavesNothingBehind(reconstruction(name, still()));
  }

  @Test
  void aDiscriminatorOfNoNumberIsLeftOutToo() {
    anUpdateOfNoNumberLeavesNothingBehind(
        reconstruction("deceiving inpainting", still()), 1, "discriminator");
  }

  @Test
  void whoIsDeceivedIsNotReleased() {
    Method method = reconstruction("deceiving inpainting", still());
    assertThat(method.releases("decoder")).isTrue();
    assertThat(method.releases("discriminator")).isFalse();
    assertThat(method.fixedSettings()).containsEntry("adversary.channels", "16");
    assertThat(reconstruction("inpainting", still()).fixedSettings())
        .doesNotContainKey("adversary.channels");
    try (MethodState state = reconstruction("inpainting", still()).initialise(engine)) {
      assertThat(state.networks()).containsOnlyKeys("student", "decoder");
    }
  }

  @ParameterizedTest
  @CsvSource({"1, head", "1, generator", "3, student"})
  void aGameOfNoNumberIsLeftOut(int discriminatorSteps, String network) {
    anUpdateOfNoNumberLeavesNothingBehind(gan(discriminatorSteps, RATE, RATE), 2, network);
  }

  @ParameterizedTest
  @CsvSource({"1, joint", "1, generator", "3, student"})
  void aGameOfPairsOfNoNumberIsLeftOut(int discriminatorSteps, String network) {
    anUpdateOfNoNumberLeavesNothingBehind(bigan(discriminatorSteps, RATE, RATE), 2, network);
  }

  /** In rotation, in k-means, in prediction. */
  @ParameterizedTest
  @CsvSource({"9, 1, student", "2, 9, teacher", "1, 1, wordHead"})
  void aBownetOfNoNumberIsLeftOutInEveryPhase(long rotation, long vocabulary, String network) {
    anUpdateOfNoNumberLeavesNothingBehind(bownet(rotation, vocabulary, 9), 3, network);
  }

  @ParameterizedTest
  @ValueSource(strings = {"autoencoder", "denoising", "inpainting", "feature-reconstruction"})
  @Tag("learning")
  void skillRisesOnAFewImages(String name) {
    skillRises(reconstruction(name, still()), 60, 0.05);
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
    skillRises(gan(1, FAST, STILL), 40, 0.2);
    skillRises(bigan(1, FAST, STILL), 40, 0.2);
  }

  @Test
  @Tag("learning")
  void aGeneratorLearnsToDeceiveAStillDiscriminator() {
    for (Method method : List.of(gan(1, STILL, FAST), bigan(1, STILL, FAST))) {
      try (MethodState state = method.initialise(engine)) {
        var losses = new ArrayList<Double>();
        for (int step = 0; step < 40; step++) {
          losses.add(method.step(batch(step, 0, 16), state).figures().get("generatorLoss"));
        }
        assertThat(losses.get(39)).isLessThan(losses.get(0) - 0.02);
      }
    }
  }

  @Test
  void theGeneratorHasItsTurnAfterTheDiscriminators() {
    Method method = gan(3, RATE, RATE);
    try (MethodState state = method.initialise(engine)) {
      Network generator = state.network("generator");
      for (int step = 0; step < 7; step++) {
        double[] before = generator.parameters().toDoubles();
        StepReport report = method.step(batch(step, 0, 4), state);
        boolean moved = !Arrays.equals(before, generator.parameters().toDoubles());
        assertThat(moved).as("step %d", step).isEqualTo(step % 3 == 2);
        assertThat(report.figures().containsKey("generatorLoss")).isEqualTo(moved);
      }
      assertThat(state.counter("discriminator.updates")).isEqualTo(7);
      assertThat(state.counter("generator.updates")).isEqualTo(2);
    }
  }

  @Test
  void madeImagesLeaveNoTraceInTheRunningStatistics() {
    Method one = gan(1, RATE, RATE);
    try (MethodState state = one.initialise(engine);
        MethodState other = one.initialise(engine)) {
      other.network("generator").parameters().scaleIn(3);
      one.step(batch(0, 0, 4), state);
      one.step(batch(0, 0, 4), other);
      assertThat(state.network("student").statistics().toDoubles())
          .isEqualTo(other.network("student").statistics().toDoubles());
    }
  }

  @Test
  void theTeacherOfFeaturesIsTheAverageOfTheStudentsParameters() {
    Method method = reconstruction("feature-reconstruction", still());
    try (MethodState state = method.initialise(engine)) {
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
    Method method = bownet(20, 5, 20);
    try (MethodState state = method.initialise(engine)) {
      List<StepReport> reports = new ArrayList<>();
      for (int step = 0; step < 51; step++) {
        reports.add(method.step(batch(step, 0, 16), state));
      }
      var phases = reports.stream().map(r -> r.figures().get("phase")).toList();
      assertThat(phases.subList(0, 20)).containsOnly(0.0);
      assertThat(phases.subList(20, 25)).containsOnly(1.0);
      assertThat(phases.subList(25, 45)).containsOnly(2.0);
      assertThat(phases.subList(45, 50)).containsOnly(1.0);
      assertThat(phases.get(50)).isEqualTo(2.0);
      assertThat(reports.get(44).figures()).containsEntry("round", 0.0);
      assertThat(reports.get(45).figures()).containsEntry("round", 1.0);
      // The teacher is the student at the phase's end, and stays while the student learns.
      assertThat(reports.get(20).figures()).containsEntry("teacherDistance", 0.0);
      assertThat(reports.get(30).figures().get("teacherDistance")).isPositive();
      assertThat(reports.get(45).figures()).containsEntry("teacherDistance", 0.0);
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
      double[] centres = {10, 0, -10, 0, 0, 10};
      for (int step = 0; step < 20; step++) {
        double[] points = gaussians(step, 2 * 60);
        for (int i = 0; i < 60; i++) {
          points[2 * i] = 0.1 * points[2 * i] + centres[2 * (i % 3)];
          points[2 * i + 1] = 0.1 * points[2 * i + 1] + centres[2 * (i % 3) + 1];
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
