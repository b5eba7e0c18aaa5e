package io.millrace.serving.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingTest {
  @Test
  void isTheFeaturesDividedByTheirLength() {
    Embedding embedding = Objects.requireNonNull(Embedding.of(new float[] {3, 0, -4}));
    assertThat(embedding.norm()).isEqualTo(5);
    assertThat(embedding.vector()).containsExactly(0.6f, 0f, -0.8f);
    assertThat(embedding.littleEndian())
        .startsWith(new byte[] {(byte) 0x9a, (byte) 0x99, 0x19, 0x3f});
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void isNotThereWhereAFeatureIsNotFinite(float bad) {
    assertThat(Embedding.of(new float[] {1, bad, 2})).isNull();
  }

  @Test
  void isNotThereWhereAllFeaturesAreZero() {
    assertThat(Embedding.of(new float[4])).isNull();
  }

  @Property
  void hasUnitLengthAndSurvivesTheWire(
      @ForAll @Size(min = 1, max = 64) float[] scale,
      @ForAll @IntRange(min = -30, max = 30) int magnitude) {
    float[] features = scale.clone();
    features[0] = (float) Math.pow(10, magnitude); // so that not all are zero
    boolean finite = true;
    for (float f : features) {
      finite &= Float.isFinite(f);
    }
    Embedding embedding = Embedding.of(features);
    assertThat(embedding != null).isEqualTo(finite);
    if (embedding == null) {
      return;
    }
    double squares = 0;
    for (float v : embedding.vector()) {
      squares += (double) v * v;
    }
    assertThat(squares).isEqualTo(1, within(1e-5));
    assertThat(Embedding.fromLittleEndian(embedding.littleEndian())).isEqualTo(embedding.vector());
  }

  @Test
  void refusesBytesThatAreNoFloats() {
    assertThatThrownBy(() -> Embedding.fromLittleEndian(new byte[7]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("7 bytes");
  }
}
