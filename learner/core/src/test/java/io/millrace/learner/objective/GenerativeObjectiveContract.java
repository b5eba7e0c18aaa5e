package io.millrace.learner.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The objectives of reconstruction, adversarial and bag-of-words methods. */
public abstract class GenerativeObjectiveContract extends GradientContract {
  private static final MeanSquaredErrorObjective PLAIN = MeanSquaredErrorObjective.plain();
  private static final MeanSquaredErrorObjective WEIGHTED = MeanSquaredErrorObjective.weighted();

  @Test
  void meanSquaredErrorGradientsAreDerivatives() {
    Tensor p = gaussian(1, 3, 2, 2, 3);
    Tensor t = gaussian(2, 3, 2, 2, 3);
    gradientsAreDerivatives(PLAIN, Map.of("prediction", p, "target", t));
    Tensor w = gaussian(3, 3, 1, 2, 3).abs();
    gradientsAreDerivatives(WEIGHTED, Map.of("prediction", p, "target", t, "weights", w));
  }

  @Test
  void meanSquaredErrorIsTheMeanOverWhatCounts() {
    Tensor p = engine.tensor(new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 1, 2);
    Tensor t = engine.tensor(new double[] {1, 0, 3, 1, 5, 5, 6, 8}, 2, 2, 1, 2);
    LossAndGradients plain = PLAIN.evaluate(Map.of("prediction", p, "target", t));
    assertThat(plain.loss().item()).isCloseTo((4 + 9 + 1 + 1) / 8.0, within(1e-12));
    // Squares of t − t̄ for each of four elements over two images.
    double spread = 2 * (4 + 6.25 + 2.25 + 12.25) / 8;
    assertThat(MeanSquaredErrorObjective.chanceLevel(plain).item())
        .isCloseTo(spread, within(1e-12));

    Tensor hole = engine.tensor(new double[] {0, 1, 0, 0}, 2, 1, 1, 2);
    LossAndGradients weighted =
        WEIGHTED.evaluate(Map.of("prediction", p, "target", t, "weights", hole));
    assertThat(weighted.loss().item()).isCloseTo((4 + 9) / 2.0, within(1e-12));
    assertThat(Objects.requireNonNull(weighted.gradients().get("prediction")).toDoubles())
        .containsExactly(0, 2, 0, 3, 0, 0, 0, 0);
    Tensor alike = engine.zeros(2, 1, 1, 2).add(0.3);
    LossAndGradients even =
        WEIGHTED.evaluate(Map.of("prediction", p, "target", t, "weights", alike));
    assertThat(even.loss().item()).isCloseTo(plain.loss().item(), within(1e-12));
    assertThat(MeanSquaredErrorObjective.chanceLevel(even).item()).isCloseTo(spread, within(1e-12));
  }

  @Test
  void binaryCrossEntropyGradientsAreDerivatives() {
    Tensor labels = engine.tensor(new double[] {1, 0, 0.5, 1, 0}, 5, 1);
    gradientsAreDerivatives(
        new BinaryCrossEntropyObjective(),
        Map.of("logits", gaussian(1, 5, 1).mul(3), "labels", labels));
  }

  @Test
  void binaryCrossEntropyNeitherOverflowsNorSaturatesForAGeneratorFoundOut() {
    Tensor logits = engine.tensor(new double[] {-800, 800}, 2, 1);
    Tensor real = engine.tensor(new double[] {1, 1}, 2, 1);
    LossAndGradients found =
        new BinaryCrossEntropyObjective().evaluate(Map.of("logits", logits, "labels", real));
    assertThat(found.loss().item()).isEqualTo(400);
    assertThat(Objects.requireNonNull(found.gradients().get("logits")).toDoubles())
        .containsExactly(-0.5, 0);
    Tensor unsure = engine.zeros(2, 1);
    LossAndGradients equal =
        new BinaryCrossEntropyObjective().evaluate(Map.of("logits", unsure, "labels", real));
    assertThat(equal.loss().item())
        .isCloseTo(BinaryCrossEntropyObjective.CHANCE_LEVEL, within(1e-12));
  }

  @Test
  void featureReconstructionGradientsAreDerivatives() {
    gradientsAreDerivatives(
        new FeatureReconstructionObjective(),
        Map.of("prediction", gaussian(1, 3, 4, 2, 2), "target", gaussian(2, 3, 4, 2, 2)));
  }

  @Test
  void featureReconstructionDoesNotCareForAChannelsScaleAndGivesNothingForAConstant() {
    var objective = new FeatureReconstructionObjective();
    Tensor p = gaussian(1, 3, 2, 2, 2);
    Tensor t = gaussian(2, 3, 2, 2, 2);
    double loss = objective.evaluate(Map.of("prediction", p, "target", t)).loss().item();
    Tensor scaled = t.mul(engine.tensor(new double[] {7, 0.9}, 1, 2, 1, 1)).add(11);
    assertThat(objective.evaluate(Map.of("prediction", p, "target", scaled)).loss().item())
        .isCloseTo(loss, within(1e-4));

    LossAndGradients nothing = objective.evaluate(Map.of("prediction", p.mul(0), "target", t));
    double chanceLevel = Objects.requireNonNull(nothing.metrics().get("uninformed")).item();
    assertThat(nothing.loss().item()).isCloseTo(chanceLevel, within(1e-12));
    assertThat(chanceLevel).isCloseTo(1, within(1e-3));
    LossAndGradients constant =
        objective.evaluate(Map.of("prediction", p, "target", t.mul(0).add(5)));
    assertThat(constant.loss().item()).isCloseTo(p.mul(p).mean(false).item(), within(1e-12));
  }

  @Test
  void bownetGradientsAreDerivatives() {
    gradientsAreDerivatives(
        new BownetObjective(), Map.of("logits", gaussian(1, 4, 6), "histograms", histograms(4, 6)));
  }

  @Test
  void bownetIsNothingWhereThePredictionIsTrueAndChanceLevelWhereItIsUniform() {
    var objective = new BownetObjective();
    Tensor t = histograms(3, 5);
    LossAndGradients right = objective.evaluate(Map.of("logits", t.log(), "histograms", t));
    assertThat(right.loss().item()).isCloseTo(0, within(1e-12));
    LossAndGradients uniform =
        objective.evaluate(Map.of("logits", engine.zeros(3, 5), "histograms", t));
    double chanceLevel = Objects.requireNonNull(uniform.metrics().get("uninformed")).item();
    assertThat(uniform.loss().item()).isCloseTo(chanceLevel, within(1e-12)).isPositive();
    Tensor oneWord = engine.tensor(new double[] {0, 1}, 2).oneHot(2);
    assertThat(
            objective
                .evaluate(Map.of("logits", engine.zeros(2, 2), "histograms", oneWord))
                .loss()
                .item())
        .isCloseTo(Math.log(2), within(1e-12));
  }

  @Test
  void shapesThatDoNotFitAreNamed() {
    assertThatThrownBy(
            () ->
                PLAIN.evaluate(
                    Map.of("prediction", gaussian(1, 2, 3), "target", gaussian(1, 2, 4))))
        .hasMessage(
            "mean-squared-error: 'prediction' has shape [2, 3], 'target' has shape [2, 4]:"
                + " expected the same");
    assertThatThrownBy(
            () ->
                new FeatureReconstructionObjective()
                    .evaluate(Map.of("prediction", gaussian(1, 2, 3), "target", gaussian(1, 2, 3))))
        .hasMessageContaining("'prediction' has shape [2, 3], expected four dimensions");
  }

  private Tensor histograms(int images, int words) {
    Tensor positive = gaussian(9, images, words).abs();
    return positive.div(positive.sum(true, 1));
  }
}
