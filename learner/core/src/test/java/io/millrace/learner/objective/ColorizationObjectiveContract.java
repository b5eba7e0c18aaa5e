package io.millrace.learner.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Colorization's objective against loops and central differences. */
public abstract class ColorizationObjectiveContract extends GradientContract {
  private static final double CLOSE = 1e-12;

  @Test
  void colorizationGradientsAreDerivatives() {
    gradientsAreDerivatives(
        new ColorizationObjective(),
        Map.of(
            "prediction", gaussian(1, 5, 4),
            "target", distributions(2, 5, 4),
            "weight", engine.tensor(new double[] {1, 0, 2.5, 0.3, 0}, 5, 1)));
  }

  @Test
  void colorizationIsItsLoop() {
    int places = 6;
    int colors = 3;
    double[] y = gaussians(5, places * colors);
    double[] t = distributions(6, places, colors).toDoubles();
    double[] v = {0.5, 0, 2, 1, 0, 4};
    double loss = 0;
    double all = 0;
    double right = 0;
    for (int h = 0; h < places; h++) {
      double sum = 0;
      int best = 0;
      int truth = 0;
      for (int q = 0; q < colors; q++) {
        sum += Math.exp(y[h * colors + q]);
        best = y[h * colors + q] > y[h * colors + best] ? q : best;
        truth = t[h * colors + q] > t[h * colors + truth] ? q : truth;
      }
      for (int q = 0; q < colors; q++) {
        loss -= v[h] * t[h * colors + q] * (y[h * colors + q] - Math.log(sum));
      }
      all += v[h];
      right += v[h] > 0 && best == truth ? 1 : 0;
    }
    LossAndGradients got =
        new ColorizationObjective()
            .evaluate(
                Map.of(
                    "prediction", engine.tensor(y, places, colors),
                    "target", engine.tensor(t, places, colors),
                    "weight", engine.tensor(v, places, 1)));
    assertThat(got.loss().item()).isCloseTo(loss / all, within(1e-6));
    assertThat(got.metrics().get("accuracy").item()).isCloseTo(right / 4, within(CLOSE));
  }

  @Test
  void colorizationOfGrayImagesLearnsNothing() {
    LossAndGradients got =
        new ColorizationObjective()
            .evaluate(
                Map.of(
                    "prediction", gaussian(1, 3, 7),
                    "target", distributions(2, 3, 7),
                    "weight", engine.zeros(3, 1)));
    assertThat(got.loss().item()).isCloseTo(Math.log(7), within(1e-9));
    assertThat(got.gradients().get("prediction").abs().toDoubles()).containsOnly(0);
  }

  private Tensor distributions(long seed, long rows, long columns) {
    Tensor positive = gaussian(seed, rows, columns).abs();
    return positive.div(positive.sum(true, 1));
  }
}
