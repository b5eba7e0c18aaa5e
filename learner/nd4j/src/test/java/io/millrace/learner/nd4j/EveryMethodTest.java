package io.millrace.learner.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.distillation.DistillationSettings;
import io.millrace.learner.method.distillation.ReleasedTeacher;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ResNets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method of the registry takes the same two steps on both engines. */
class EveryMethodTest {
  private static final BackboneSettings NARROW = BackboneSettings.defaults().withWidth(0.125);
  private static final ModelSettings MODEL = ModelSettings.defaults().withBackbone(NARROW);

  @TempDir Path directory;

  @ParameterizedTest
  @MethodSource("io.millrace.learner.method.registry.Methods#names")
  void lossesOfTwoStepsAgree(String name) {
    Method method = Methods.create(name, MODEL, settings(name));
    double[] nd4j = losses(TestEngines.nd4j(Precision.FLOAT64), method);
    double[] torch = losses(TestEngines.torch(Precision.FLOAT64), method);
    for (int step = 0; step < torch.length; step++) {
      assertThat(nd4j[step])
          .as("step %d", step)
          .isCloseTo(torch[step], within(1e-6 * Math.max(1, Math.abs(torch[step]))));
    }
  }

  /** With a transformer as its backbone, what the engine lacks is said before anything runs. */
  @ParameterizedTest
  @MethodSource("io.millrace.learner.method.registry.Methods#names")
  void aTransformerIsRefusedByLayerAndEngine(String name) {
    BackboneSettings transformer = NARROW.withArchitecture("vit-tiny").withPatches(4, 1);
    Method method = Methods.create(name, MODEL.withBackbone(transformer), settings(name));
    try (Engine engine = TestEngines.nd4j(Precision.FLOAT32)) {
      assertThatThrownBy(() -> method.initialize(engine))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageMatching(
              "engine nd4j lacks layer \\S+ \\((PatchTokens|LayerNorm)\\); engine torch runs it");
    }
  }

  /** The defaults; distillation learns from a release of the other engine. */
  private Record settings(String name) {
    if (!name.equals("distillation")) {
      return Methods.defaults(name);
    }
    NetworkSpec teacher = ResNets.spec("student", "resnet18", ResNets.Stem.SMALL, 0.125, 32);
    try (Engine torch = TestEngines.torch(Precision.FLOAT64)) {
      return DistillationSettings.defaults()
          .withTeacher(
              ReleasedTeacher.release(torch, teacher, MODEL.preprocessing(), 7, directory));
    }
  }

  private static double[] losses(Engine opened, Method method) {
    try (Engine engine = opened;
        MethodState state = method.initialize(engine)) {
      return new double[] {
        method.step(batch(0), state).loss(), method.step(batch(1), state).loss()
      };
    }
  }

  private static ImageBatch batch(int step) {
    var ids = new ArrayList<String>();
    List<PixelImage> images = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      byte[] rgb = new byte[36 * 33 * 3];
      new Random(step * 100L + i).nextBytes(rgb);
      ids.add(step + "-" + i);
      images.add(new PixelImage(36, 33, rgb));
    }
    return new ImageBatch(step, IdentifiedImage.zip(ids, images));
  }
}
