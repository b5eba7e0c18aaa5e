package io.millrace.learner.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.evaluate.Features;
import io.millrace.learner.random.KeyedRandom;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Drift as a metric, and as a decision. */
class StreamDriftTest {
  private static Features sample(String name, int rows, double shift) {
    KeyedRandom random = KeyedRandom.of(1, "drift", name, 0);
    float[] values = new float[rows * 8];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() + (i % 8 == 0 ? shift : 0));
    }
    return new Features(rows, 8, values);
  }

  @Test
  void samplesOfOneDistributionAreNotApart() {
    assertThat(EnergyDistance.of(sample("a", 200, 0), sample("b", 200, 0)))
        .isCloseTo(0, within(0.01));
  }

  @Test
  void theFartherApartTheMore() {
    Features a = sample("a", 200, 0);
    double near = EnergyDistance.of(a, sample("b", 200, 1));
    double far = EnergyDistance.of(a, sample("b", 200, 3));
    assertThat(near).isGreaterThan(0.01);
    assertThat(far).isGreaterThan(2 * near).isLessThan(1);
  }

  @Test
  void itIsTheLiteralFormula() {
    // Unit vectors east, north; north, west: distances by hand.
    var x = new Features(2, 2, new float[] {1, 0, 0, 2});
    var y = new Features(2, 2, new float[] {0, 1, -3, 0});
    double r = Math.sqrt(2);
    double between = (r + 2 + 0 + r) / 4;
    assertThat(EnergyDistance.of(x, y)).isCloseTo(1 - (r + r) / (2 * between), within(1e-6));
    var east = new Features(2, 2, new float[] {1, 0, 1, 0});
    var west = new Features(2, 2, new float[] {-1, 0, -1, 0});
    assertThat(EnergyDistance.of(east, west)).isEqualTo(1);
    assertThat(EnergyDistance.of(east, east)).isZero();
  }

  @Test
  void driftTakesRoundsInARowAndIsFoundOnce() {
    var watch = new DriftWatch(new DriftSettings(0.2, 2, true, true));
    assertThat(watch.see(Map.of("streamDrift", 0.3))).isFalse();
    assertThat(watch.see(Map.of("streamDrift", 0.1))).isFalse();
    assertThat(watch.see(Map.of("streamDrift", 0.3))).isFalse();
    assertThat(watch.see(Map.of())).as("no metric, no row").isFalse();
    assertThat(watch.see(Map.of("streamDrift", 0.3))).isFalse();
    assertThat(watch.see(Map.of("streamDrift", 0.3))).isTrue();
    assertThat(watch.see(Map.of("streamDrift", 0.3))).as("anew").isFalse();
  }

  @Test
  void byDefaultItIsShownOnly() {
    var watch = new DriftWatch(DriftSettings.defaults());
    for (int i = 0; i < 10; i++) {
      assertThat(watch.see(Map.of("streamDrift", 0.9))).isFalse();
    }
    assertThatThrownBy(() -> new DriftSettings(1, 1, false, false))
        .hasMessage("threshold is 1.0: expected 0 up to but not 1");
    assertThatThrownBy(() -> new DriftSettings(0, 0, false, false))
        .hasMessage("rounds is 0: expected 1 to 1000");
  }
}
