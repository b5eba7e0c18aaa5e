package io.millrace.learner.nd4j.auxiliary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.objective.ByolObjective;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class Dl4jAuxiliaryLossTest {
  private static final double WEIGHT = 0.25;

  private final Dl4jAuxiliaryLoss loss =
      new Dl4jAuxiliaryLoss(
          new ByolObjective(), ByolObjective.PREDICTION, ByolObjective.TARGET, WEIGHT);
  private final INDArray prediction = numbers(0.3, -1, 0.5, 2, 0.1, -0.4).reshape(3, 2);
  private final INDArray target = numbers(1, 1, -0.2, 0.6, 0.7, -1).reshape(3, 2);

  private static INDArray numbers(double... values) {
    return Nd4j.createFromArray(values);
  }

  @Test
  void theGradientIsTheScoresDerivative() {
    for (IActivation activation :
        new IActivation[] {new ActivationIdentity(), new ActivationTanH()}) {
      INDArray gradient = loss.computeGradient(target, prediction, activation, null);
      for (int i = 0; i < prediction.length(); i++) {
        double h = 1e-6;
        double slope = (score(activation, i, h) - score(activation, i, -h)) / (2 * h);
        // Deeplearning4j divides what it is given by the number of examples.
        assertThat(gradient.getDouble(i / 2, i % 2) / 3).isCloseTo(slope, within(1e-8));
      }
    }
  }

  private double score(IActivation activation, int i, double by) {
    INDArray moved = prediction.dup();
    moved.putScalar(i / 2, i % 2, moved.getDouble(i / 2, i % 2) + by);
    return loss.computeScore(target, moved, activation, null, true);
  }

  @Test
  void theScoreIsTheObjectivesTimesTheWeight() {
    INDArray same = target.mul(3);
    var identity = new ActivationIdentity();
    assertThat(loss.computeScore(target, same, identity, null, true)).isCloseTo(0, within(1e-12));
    assertThat(loss.computeScore(target, same.neg(), identity, null, true))
        .isCloseTo(4 * WEIGHT, within(1e-12));
    assertThat(loss.computeScore(target, same.neg(), identity, null, false))
        .isCloseTo(3 * 4 * WEIGHT, within(1e-12));
    assertThat(loss.computeScoreArray(target, same, identity, null).shape()).containsExactly(3, 1);
  }

  @Test
  void float32IsTakenToo() {
    INDArray gradient =
        loss.computeGradient(
            target.castTo(DataType.FLOAT),
            prediction.castTo(DataType.FLOAT),
            new ActivationIdentity(),
            null);
    assertThat(gradient.dataType()).isEqualTo(DataType.FLOAT);
  }

  @Test
  void misuseIsNamed() {
    var objective = new ByolObjective();
    assertThatThrownBy(() -> new Dl4jAuxiliaryLoss(objective, "target", "target", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("prediction is 'target'");
    assertThatThrownBy(() -> new Dl4jAuxiliaryLoss(objective, "prediction", "queue", 1))
        .hasMessageContaining("target is 'queue'");
    assertThatThrownBy(() -> new Dl4jAuxiliaryLoss(objective, "prediction", "target", -1))
        .hasMessageContaining("weight is -1.0");
    assertThatThrownBy(
            () ->
                loss.computeScore(
                    target, prediction, new ActivationIdentity(), Nd4j.ones(3, 1), true))
        .hasMessageContaining("masks");
  }
}
