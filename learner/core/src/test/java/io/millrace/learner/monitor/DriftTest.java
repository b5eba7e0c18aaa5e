package io.millrace.learner.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.evaluate.Features;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DriftTest {
  @Test
  void turnsShiftsAndScalesAreNoDrift() {
    Features x = gaussian(1, 40, 2);
    float[] turned = new float[80];
    for (int i = 0; i < 40; i++) {
      float a = x.values()[2 * i];
      float b = x.values()[2 * i + 1];
      turned[2 * i] = 3 * (0.6f * a - 0.8f * b) + 5;
      turned[2 * i + 1] = 3 * (0.8f * a + 0.6f * b) - 1;
    }
    assertThat(Drift.of(x, new Features(40, 2, turned))).isEqualTo(0, within(1e-5));
  }

  @Test
  void strangersDriftFarAndNeighborsLittle() {
    Features x = gaussian(1, 200, 4);
    assertThat(Drift.of(x, gaussian(2, 200, 4))).isGreaterThan(0.8);
    float[] moved = x.values().clone();
    var random = new Random(3);
    for (int i = 0; i < moved.length; i++) {
      moved[i] += (float) (0.1 * random.nextGaussian());
    }
    assertThat(Drift.of(x, new Features(200, 4, moved))).isBetween(0.001, 0.05);
    assertThat(Drift.of(x, new Features(200, 1, new float[200]))).isEqualTo(1);
    assertThatThrownBy(() -> Drift.of(x, gaussian(1, 3, 4))).hasMessageContaining("200");
  }

  private static Features gaussian(long seed, int rows, int dim) {
    var random = new Random(seed);
    float[] values = new float[rows * dim];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new Features(rows, dim, values);
  }
}
