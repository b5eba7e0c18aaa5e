package io.millrace.learner.method.pretext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.PatchGridSettings;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.TileSettings;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.LiteralNetwork;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.MethodSuite;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rotation, relative location, jigsaw and colorization owe what every method owes. */
public abstract class PretextMethodConformance extends MethodSuite {
  private static final ModelSettings MODEL =
      new ModelSettings(3, BackboneSettings.defaults(), Preprocessing.defaults().withSize(16));
  private static final OptimiserSettings SGD = OptimiserSettings.defaults().withWeightDecay(DECAY);
  private static final ScheduleSettings RATE = ScheduleSettings.constant(0.05, 0);
  private static final ViewSettings VIEW = ViewSettings.plain(1).withSize(16);

  private static Method tinyMethod(String name) {
    return switch (name) {
      case "rotation" ->
          new RotationMethod(
              MODEL, tiny(), new RotationSettings(VIEW, SGD.withNesterov(true), RATE));
      case "relative-location" ->
          new RelativeLocationMethod(
              MODEL,
              tiny(),
              new RelativeLocationSettings(
                  new PatchGridSettings(16, 4, 1, 1, 1, 1, 0, 0.3), 16, SGD, RATE));
      case "jigsaw" ->
          new JigsawMethod(
              MODEL,
              tiny(),
              new JigsawSettings(new TileSettings(16, 4, 1, 1, 0, 0.3), 4, 16, SGD, RATE));
      case "colorization" ->
          new ColorizationMethod(
              MODEL, tiny(), new ColorizationSettings(VIEW, 30, 15, 0.5, 0.9, 5, 8, 2, SGD, RATE));
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotation", "relative-location", "jigsaw", "colorization"})
  void gradientsOfAWholeStepAreDerivativesOfItsLoss(String name) {
    gradientsAreDerivatives(tinyMethod(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotation", "relative-location", "jigsaw", "colorization"})
  void aRestoredStateGoesOnBitForBit(String name) {
    resumesBitForBit(() -> tinyMethod(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotation", "relative-location", "jigsaw", "colorization"})
  void anUpdateOfNoNumberIsLeftOut(String name) {
    anUpdateOfNoNumberLeavesNothingBehind(tinyMethod(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotation", "relative-location", "jigsaw", "colorization"})
  @Tag("learning")
  void skillRisesOnAFewImages(String name) {
    skillRises(tinyMethod(name), 120, 0.05);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotation", "relative-location", "jigsaw", "colorization"})
  void aStepReportsWhatItDid(String name) {
    ModelSettings small =
        ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(0.125));
    StepReport report = reports(Methods.create(name, small));
    assertThat(report.teacherMomentum()).isNaN();
    assertThat(report.figures().get("accuracy")).isBetween(0.0, 1.0);
  }

  @Test
  void whatKnowsNothingHasTheLogOfTheAnswersAsItsLoss() {
    assertThat(uninformed("rotation")).isCloseTo(Math.log(4), within(1e-12));
    assertThat(uninformed("relative-location")).isCloseTo(Math.log(8), within(1e-12));
    assertThat(uninformed("jigsaw")).isCloseTo(Math.log(4), within(1e-12));
  }

  private double uninformed(String name) {
    Method method = tinyMethod(name);
    try (MethodState state = method.initialise(engine)) {
      return method.step(batch(0, 0, 4), state).uninformedLoss();
    }
  }

  @Test
  void greyImagesTeachNoColours() {
    byte[] grey = new byte[16 * 16 * 3];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = (byte) (i / 3 * 7);
    }
    var images = new ImageBatch(0, List.of("a", "b"), List.of(image(grey), image(grey)));
    Method method = tinyMethod("colorization");
    try (MethodState state = method.initialise(engine)) {
      StepReport report = method.step(images, state);
      assertThat(report.gradientNorm()).isZero();
      assertThat(report.skill()).isCloseTo(0, within(1e-9));
      assertThat(state.tensor("colours").toDoubles()).containsOnly(0);
      report = method.step(batch(1, 0, 4), state);
      assertThat(report.gradientNorm()).isPositive();
    }
  }

  private static PixelImage image(byte[] rgb) {
    return new PixelImage(16, 16, rgb);
  }

  @Test
  void aBackboneWithoutAMapIsRefusedByColorization() {
    assertThatThrownBy(
            () ->
                new ColorizationMethod(
                    MODEL, LiteralNetwork.perceptron(16), ColorizationSettings.defaults()))
        .hasMessageContaining("colorization needs a backbone with a map 'layer4'")
        .hasMessageContaining(Set.of().toString());
  }

  @Test
  void tilesThatATransformersPatchesDoNotFillAreRefused() {
    var transformer =
        ModelSettings.defaults()
            .withBackbone(
                BackboneSettings.defaults().withArchitecture("vit-tiny").withPatches(16, 2));
    assertThatThrownBy(() -> Methods.create("jigsaw", transformer))
        .hasMessageStartingWith("methods.jigsaw.tiles.tile is 8: expected a multiple of 16");
    assertThatThrownBy(() -> Methods.create("relative-location", transformer))
        .hasMessageStartingWith(
            "methods.relative-location.patches.patch is 8: expected a multiple of 16");
  }
}
