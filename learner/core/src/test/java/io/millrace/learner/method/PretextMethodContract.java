package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.method.pretext.ColorizationMethod;
import io.millrace.learner.method.pretext.ColorizationSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rotation, relative location, jigsaw and colorization: what they add to what every method must
 * hold.
 */
public abstract class PretextMethodContract extends TinyMethodContract {
  private static final ModelSettings MODEL = TinyMethods.MODEL;

  @TempDir Path directory;

  private Method tinyMethod(String name) {
    return TinyMethods.create(name, engine, directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotation", "relative-location", "jigsaw", "colorization"})
  void aStepReportsWhatItDid(String name) {
    ModelSettings small =
        ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(0.125));
    StepReport report = reports(Methods.create(name, small));
    assertThat(report.teacherMomentum()).isNaN();
    assertThat(report.metrics().get("accuracy")).isBetween(0.0, 1.0);
  }

  @Test
  void whatKnowsNothingHasTheLogOfTheAnswersAsItsLoss() {
    assertThat(chanceLevel("rotation")).isCloseTo(Math.log(4), within(1e-12));
    assertThat(chanceLevel("relative-location")).isCloseTo(Math.log(8), within(1e-12));
    assertThat(chanceLevel("jigsaw")).isCloseTo(Math.log(4), within(1e-12));
  }

  private double chanceLevel(String name) {
    Method method = tinyMethod(name);
    try (MethodState state = method.initialize(engine)) {
      return method.step(batch(0, 0, 4), state).chanceLevelLoss();
    }
  }

  @Test
  void grayImagesTeachNoColors() {
    byte[] gray = new byte[16 * 16 * 3];
    for (int i = 0; i < gray.length; i++) {
      gray[i] = (byte) (i / 3 * 7);
    }
    var images =
        new ImageBatch(
            0, IdentifiedImage.zip(List.of("a", "b"), List.of(image(gray), image(gray))));
    Method method = tinyMethod("colorization");
    try (MethodState state = method.initialize(engine)) {
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
