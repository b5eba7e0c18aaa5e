package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class WhiteningTest {
  /**
   * By hand: mean (1, 2); C = [[8/3, 0], [0, 2/3]], so λ̄ = 5/3. With ε = 0.6 one is added to each
   * variance: W = diag(√(3/11), √(3/5)), b = −(√(3/11), 2 √(3/5)).
   */
  @Test
  void aSquareIsWhitenedAsByHand() {
    float[] features = {3, 2, -1, 2, 1, 3, 1, 1};
    Whitening whitening = Whitening.fit(features, 4, 2, 0, 0.6);
    double first = Math.sqrt(3.0 / 11);
    double second = Math.sqrt(3.0 / 5);
    assertThat(whitening.weight())
        .containsExactly(new double[] {first, 0, 0, second}, within(1e-9));
    assertThat(whitening.bias()).containsExactly(new double[] {-first, -2 * second}, within(1e-9));
    assertThat(Whitening.fit(features, 4, 2, 1, 0.6).weight())
        .containsExactly(new double[] {first, 0}, within(1e-9));
  }

  /** Mean 0, covariance λ ÷ (λ + ε λ̄) on the diagonal, whatever the features' own was. */
  @Test
  void correlatedFeaturesHaveUnitCovarianceAfterwards() {
    int rows = 400;
    int dim = 5;
    var random = new Random(4);
    float[] features = new float[rows * dim];
    for (int i = 0; i < rows; i++) {
      double common = random.nextGaussian();
      for (int j = 0; j < dim; j++) {
        features[i * dim + j] = (float) (10 * j + 3 * common + (j + 1) * random.nextGaussian());
      }
    }
    Whitening whitening = Whitening.fit(features, rows, dim, 3, 1e-9);
    float[] white = whitening.apply(features);
    assertThat(whitening.out()).isEqualTo(3);
    for (int a = 0; a < 3; a++) {
      double mean = 0;
      for (int i = 0; i < rows; i++) {
        mean += white[i * 3 + a] / (double) rows;
      }
      assertThat(mean).isCloseTo(0, within(1e-4));
      for (int b = 0; b < 3; b++) {
        double covariance = 0;
        for (int i = 0; i < rows; i++) {
          covariance += (double) white[i * 3 + a] * white[i * 3 + b] / (rows - 1);
        }
        assertThat(covariance).as("%d, %d", a, b).isCloseTo(a == b ? 1 : 0, within(1e-4));
      }
    }
  }

  @Test
  void thereAreNoMoreComponentsThanImagesTell() {
    Whitening whitening = Whitening.fit(new float[] {1, 2, 3, 4, 5, 7, 0, 1, 1}, 3, 3, 0, 1e-3);
    assertThat(whitening.out()).isEqualTo(2);
  }

  @Test
  void whatCannotBeWhitenedIsRefused() {
    assertThatThrownBy(() -> Whitening.fit(new float[] {1, 2, 1, 2}, 2, 2, 0, 1e-3))
        .hasMessage("all 2 features are equal: no whitening");
    assertThatThrownBy(() -> Whitening.fit(new float[] {1, 2, Float.NaN, 2}, 2, 2, 0, 1e-3))
        .hasMessage("feature 1 is not finite: no whitening");
    assertThatThrownBy(() -> Whitening.fit(new float[] {1, 2}, 1, 2, 0, 1e-3))
        .hasMessageContaining("expected 2 or more");
  }
}
