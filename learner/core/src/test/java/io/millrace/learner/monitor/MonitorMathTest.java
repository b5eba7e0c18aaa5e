package io.millrace.learner.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.evaluate.Features;
import io.millrace.learner.random.KeyedRandom;
import org.junit.jupiter.api.Test;

class MonitorMathTest {
  private static Features rows(float[]... rows) {
    float[] all = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, all, i * rows[0].length, rows[0].length);
    }
    return new Features(rows.length, rows[0].length, all);
  }

  private static Features gaussian(int n, int d) {
    KeyedRandom random = KeyedRandom.of(1, "test", 0, 0);
    float[] all = new float[n * d];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) random.nextGaussian();
    }
    return new Features(n, d, all);
  }

  @Test
  void collapsedFeaturesHaveNoDeviationOneDirectionAndNoUniformity() {
    Features collapsed = rows(new float[] {1, 2, 3}, new float[] {2, 4, 6}, new float[] {3, 6, 9});
    assertThat(FeatureStd.of(collapsed)).isCloseTo(0, within(1e-6));
    assertThat(RankMe.of(collapsed)).isCloseTo(1, within(1e-4));
    assertThat(Uniformity.of(collapsed)).isCloseTo(0, within(1e-6));
  }

  @Test
  void featuresSpreadOverTheSphereDeviateByOneOverRootD() {
    assertThat(FeatureStd.of(gaussian(2000, 64))).isCloseTo(1 / Math.sqrt(64), within(0.002));
  }

  @Test
  void theRankOfOrthogonalRowsIsTheirNumber() {
    assertThat(
            RankMe.of(rows(new float[] {2, 0, 0}, new float[] {0, -2, 0}, new float[] {0, 0, 2})))
        .isCloseTo(3, within(1e-9));
    // Singular values 3 and 1: p = 3/4, 1/4.
    double entropy = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
    assertThat(RankMe.of(rows(new float[] {3, 0, 0, 0}, new float[] {0, 0, 1, 0})))
        .isCloseTo(Math.exp(entropy), within(1e-9));
  }

  @Test
  void theRankOfNumbersThatAreNoneIsNone() {
    assertThat(RankMe.of(rows(new float[] {Float.NaN, 1}, new float[] {1, 1}))).isNaN();
    assertThat(RankMe.of(rows(new float[] {0, 0}, new float[] {0, 0}))).isEqualTo(1);
  }

  @Test
  void alignmentIsTheMeanSquaredDistanceOfUnitVectors() {
    Features x = rows(new float[] {5, 0}, new float[] {0, 2});
    Features y = rows(new float[] {0, 3}, new float[] {0, 7}); // squared distances 2 and 0
    assertThat(Alignment.of(x, y)).isCloseTo(1, within(1e-6));
    assertThat(Alignment.of(x, x)).isZero();
  }

  @Test
  void uniformityIsTheLogOfTheMeanPotential() {
    // Pairs: orthogonal (2), opposite (4), orthogonal (2).
    Features x = rows(new float[] {1, 0}, new float[] {0, 4}, new float[] {-2, 0});
    double expected = Math.log((2 * Math.exp(-4) + Math.exp(-8)) / 3);
    assertThat(Uniformity.of(x)).isCloseTo(expected, within(1e-6));
  }
}
