package io.millrace.learner.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.testing.ScopedContract;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks between vectors and images give the shapes they say. */
public abstract class DecodersContract extends ScopedContract {
  @ParameterizedTest
  @CsvSource({"8, 4", "16, 4", "40, 5", "48, 6", "56, 7"})
  void imagesComeOutAsLargeAsAskedAndGoIn(int size, int map) {
    assertThat(Decoders.requireSize("size", size)).isEqualTo(map);
    try (Network generator = engine.network(Decoders.generator("g", 5, 16, size));
        Network discriminator = engine.network(Decoders.discriminator("d", 16, 7, size))) {
      Initializer.initialize(engine, generator, 1);
      Initializer.initialize(engine, discriminator, 1);
      assertThat(OutputFeatures.of(discriminator.spec())).isEqualTo(7);
      try (Activations image = generator.forward(gaussian(1, 2, 5), Mode.TRAIN);
          Activations features = discriminator.forward(image.output(), Mode.TRAIN)) {
        assertThat(image.output().shape()).containsExactly(2, 3, size, size);
        double largest = Arrays.stream(image.output().abs().toDoubles()).max().orElseThrow();
        assertThat(largest).isPositive().isLessThanOrEqualTo(1);
        assertThat(features.output().shape()).containsExactly(2, 7);
      }
    }
  }

  @Test
  void channelsHalveFromStageToStage() {
    var channels =
        Decoders.decoder("d", 5, 64, 32).children().stream()
            .map(Layer.Named::layer)
            .filter(Layer.Conv2d.class::isInstance)
            .map(layer -> ((Layer.Conv2d) layer).in());
    assertThat(channels).containsExactly(64, 32, 16);
  }

  /**
   * About the variance of normalized pixels, so that the first losses are not all the decoder's.
   */
  @Test
  void pixelsBeginWithADeviationOfOne() {
    try (Network decoder = engine.network(Decoders.decoder("d", 5, 64, 16))) {
      Initializer.initialize(engine, decoder, 1);
      try (Activations image = decoder.forward(gaussian(1, 16, 5), Mode.TRAIN)) {
        Tensor pixels = image.output();
        double square = pixels.mul(pixels).mean(false).item();
        assertThat(Math.sqrt(square)).isBetween(0.5, 1.5);
      }
    }
  }

  @Test
  void sizesThatDoublingDoesNotReachAreNamed() {
    assertThatThrownBy(() -> Decoders.requireSize("view.size", 36))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("view.size is 36: expected 4, 5, 6 or 7 times a power of two");
  }
}
