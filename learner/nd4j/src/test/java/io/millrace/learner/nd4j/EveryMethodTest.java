package io.millrace.learner.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.method.BackboneSettings;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.Methods;
import io.millrace.learner.method.ModelSettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method of the registry takes the same two steps on both engines. */
class EveryMethodTest {
  private static final ModelSettings MODEL =
      ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(0.125));

  @ParameterizedTest
  @MethodSource("names")
  void lossesOfTwoStepsAgree(String name) {
    double[] nd4j = losses(TestEngines.nd4j(Precision.FLOAT64), name);
    double[] torch = losses(TestEngines.torch(Precision.FLOAT64), name);
    for (int step = 0; step < torch.length; step++) {
      assertThat(nd4j[step])
          .as("step %d", step)
          .isCloseTo(torch[step], within(1e-6 * Math.max(1, Math.abs(torch[step]))));
    }
  }

  /** {@link CrossEngineTest} has BYOL and OBoW; distillation needs a release to learn from. */
  static List<String> names() {
    Set<String> without = Set.of("byol", "obow", "distillation");
    return Methods.names().stream().filter(name -> !without.contains(name)).toList();
  }

  private static double[] losses(Engine opened, String name) {
    Method method = Methods.create(name, MODEL);
    try (Engine engine = opened;
        MethodState state = method.initialise(engine)) {
      return new double[] {
        method.step(batch(0), state).loss(), method.step(batch(1), state).loss()
      };
    }
  }

  private static ImageBatch batch(int step) {
    var ids = new ArrayList<String>();
    List<PixelImage> images = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      byte[] rgb = new byte[36 * 33 * 3];
      new Random(step * 100L + i).nextBytes(rgb);
      ids.add(step + "-" + i);
      images.add(new PixelImage(36, 33, rgb));
    }
    return new ImageBatch(step, ids, images);
  }
}
