package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ResNets;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training through the port is training as libtorch's own modules and optimizer do it. */
class ResNetParityTest {
  private static final int CHANNELS = 8;
  private static final int STEPS = 3;
  private static final double RATE = 0.05;
  private static final double MOMENTUM = 0.9;
  private static final long[] IMAGES = {8, 3, 32, 32};

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stepsGiveTheSameLossAndParameters(boolean channelsLast) {
    try (Engine engine =
            channelsLast
                ? TestEngines.channelsLast(Precision.FLOAT32)
                : TestEngines.cpu(Precision.FLOAT32);
        Network network =
            engine.network(
                ResNets.spec("backbone", "resnet18", ResNets.Stem.SMALL, CHANNELS / 64.0, 32));
        Tensor velocity = engine.zeros(network.layout().parameterCount());
        var natives = new PointerScope()) {
      Initializer.initialize(engine, network, 7);
      var direct = new DirectResNet18(CHANNELS, RATE, MOMENTUM);
      direct.set(network.layout(), network.parameters().toFloats());
      for (int step = 0; step < STEPS; step++) {
        float[] images = images(step);
        double expected = direct.step(torch.tensor(images).reshape(IMAGES));
        assertThat(step(engine, network, velocity, images))
            .isCloseTo(expected, org.assertj.core.data.Percentage.withPercentage(1e-4));
      }
      assertClose(
          network.parameters(),
          direct.get(network.layout().parameters(), network.layout().parameterCount()));
      assertClose(
          network.statistics(),
          direct.get(network.layout().statistics(), network.layout().statisticCount()));
    }
  }

  private static double step(Engine engine, Network network, Tensor velocity, float[] images) {
    try (Scope scope = engine.scope();
        Activations pass = network.forward(engine.tensor(images, IMAGES), Mode.TRAIN)) {
      Tensor y = pass.output();
      network.clearGradients();
      pass.backward(y.mul(2.0 / y.size()), false);
      velocity.scaleIn(MOMENTUM).addIn(1, network.gradients());
      network.parameters().addIn(-RATE, velocity);
      return y.mul(y).mean(false).item();
    }
  }

  private static float[] images(long seed) {
    var random = new Random(seed);
    float[] images = new float[(int) (IMAGES[0] * IMAGES[1] * IMAGES[2] * IMAGES[3])];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    return images;
  }

  private static void assertClose(Tensor actual, float[] expected) {
    float[] values = actual.toFloats();
    double difference = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      difference = Math.max(difference, Math.abs(values[i] - expected[i]));
      size = Math.max(size, Math.abs(expected[i]));
    }
    assertThat(difference).isLessThan(1e-5 * size);
  }

  @Test
  void bothKeepTheSameOrderOfParameters() {
    try (Engine engine = TestEngines.cpu(Precision.FLOAT32);
        Network network =
            engine.network(ResNets.spec("backbone", "resnet18", ResNets.Stem.SMALL, 1, 32))) {
      // torchvision's resnet18 with a 3×3 stem and without its classifier.
      assertThat(network.layout().parameterCount()).isEqualTo(11_168_832);
      assertThat(network.layout().statisticCount()).isEqualTo(9_600);
    }
  }
}
