package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.method.pretext.ColorizationMethod;
import io.millrace.learner.method.pretext.ColorizationSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Scope;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /** Exact without padding, or where all channels have one mean: what it made of gray. */
  @ParameterizedTest
  @CsvSource({"vit-tiny, false", "resnet18, true"})
  void colorizationServesTheLuminanceItLearnedFrom(String architecture, boolean oneMean) {
    Preprocessing usual = Preprocessing.defaults();
    var preprocessing =
        new Preprocessing(
            16, oneMean ? List.of(0.45, 0.45, 0.45) : usual.mean(), List.of(0.3, 0.25, 0.2));
    var backbone =
        BackboneSettings.defaults()
            .withWidth(0.125)
            .withArchitecture(architecture)
            .withPatches(4, 1);
    Method method = Methods.create("colorization", new ModelSettings(3, backbone, preprocessing));
    try (MethodState state = method.initialize(engine);
        var served = new ServedNetwork(method, state);
        Scope scope = engine.scope()) {
      Network learned = state.network("student");
      learned.parameters().addIn(0.05, gaussian(5, (int) learned.parameters().size()));
      double[] colors = new double[2 * 3 * 256];
      double[] grays = new double[colors.length];
      var random = new Random(1);
      for (int i = 0; i < 2; i++) {
        for (int p = 0; p < 256; p++) {
          double[] rgb = {random.nextDouble(), random.nextDouble(), random.nextDouble()};
          double gray = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
          for (int c = 0; c < 3; c++) {
            double m = preprocessing.mean().get(c);
            double s = preprocessing.std().get(c);
            colors[(i * 3 + c) * 256 + p] = (rgb[c] - m) / s;
            grays[(i * 3 + c) * 256 + p] = (gray - m) / s;
          }
        }
      }
      double[] before = learned.parameters().toDoubles();
      double[] expected = features(learned, grays);
      assertThat(features(served.now(), colors)).containsExactly(expected, within(1e-9));
      assertThat(features(served.now(), grays)).containsExactly(expected, within(1e-9));
      assertThat(learned.parameters().toDoubles()).as("it learns on as it is").isEqualTo(before);
      var released = served.release().tensors();
      assertThat(released.get("student.parameters").values())
          .isEqualTo(served.now().parameters().toDoubles());
      assertThat(released.get("student.parameters").values()).isNotEqualTo(before);
      assertThat(released.keySet()).isEqualTo(state.snapshot().tensors().keySet());
    }
  }

  private double[] features(Network network, double[] pixels) {
    try (var seen = network.forward(engine.tensor(pixels, 2, 3, 16, 16), Mode.EVAL)) {
      return seen.output().toDoubles();
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
