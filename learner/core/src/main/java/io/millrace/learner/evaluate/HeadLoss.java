package io.millrace.learner.evaluate;

import io.millrace.learner.objective.CrossEntropyObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy of a linear head.
 *
 * @param loss scalar
 * @param features its derivative with respect to the features; null where not wanted
 */
record HeadLoss(Tensor loss, @Nullable Tensor features) {
  private static final CrossEntropyObjective OBJECTIVE = new CrossEntropyObjective();

  /** One pass forward and back: adds to the head's gradients. */
  static HeadLoss accumulate(Network head, Tensor features, Tensor targets, boolean wantFeatures) {
    try (Activations logits = head.forward(features, Mode.TRAIN)) {
      LossAndGradients loss =
          OBJECTIVE.evaluate(
              Map.of(
                  CrossEntropyObjective.LOGITS,
                  logits.output(),
                  CrossEntropyObjective.TARGETS,
                  targets));
      Tensor gradient = Objects.requireNonNull(loss.gradients().get(CrossEntropyObjective.LOGITS));
      return new HeadLoss(loss.loss(), logits.backward(gradient, wantFeatures));
    }
  }
}
