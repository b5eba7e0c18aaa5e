package io.millrace.learner.method.generative;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.method.step.OptimizerGroup;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.BinaryCrossEntropyObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.optim.Schedule;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * A discriminator D that tells clean images x from made ones x̃, and is to be deceived (Goodfellow
 * et al. 2014; Pathak et al. 2016, equation 2):
 *
 * <pre>
 * made:          L = bce(D(x̃), 1)                       log 2 at chance level
 * discriminator: L = bce(D(x), 1) + bce(D(x̃), 0)
 * </pre>
 *
 * Both are taken against D as it was before the update (ours: the authors' take turns). D's running
 * statistics are those of clean images. Metrics: {@code adversarialLoss}, {@code
 * discriminatorLoss}, {@code scoreOfReal}, {@code scoreOfMade}.
 */
final class Adversary {
  /** Chance-level loss of images. */
  static final double CHANCE_LEVEL = BinaryCrossEntropyObjective.CHANCE_LEVEL;

  private final NetworkSpec discriminator;
  private final OptimizerGroup trained;
  private final Schedule learningRate;

  /**
   * @param discriminator from an image to one logit
   */
  Adversary(NetworkSpec discriminator, AdversarySettings settings) {
    this.discriminator = discriminator;
    this.trained =
        new OptimizerGroup(
            discriminator.name() + ".updates", List.of(discriminator.name()), settings.optimizer());
    this.learningRate = settings.learningRate().schedule();
  }

  /**
   * How the made images fare.
   *
   * @param loss L of the made images, a scalar
   * @param atMade its derivative by them
   */
  record Term(Tensor loss, Tensor atMade) {}

  /** Adds the discriminator to a fresh state. */
  void build(MethodState state, SinglePassMethod method) {
    method.add(state, discriminator);
    trained.addMemory(state);
  }

  /** Adds the discriminator's gradients, and says how it sees the made images. */
  Term face(StepContext context, Tensor clean, Tensor made) {
    MethodState state = context.state();
    String name = discriminator.name();
    try (SequentialPass ofClean = SequentialPass.forward(state, clean, name);
        SequentialPass ofMade = SequentialPass.forwardAside(state, made, name)) {
      LossAndGradients right = DiscriminatorLoss.verdict(context, ofClean.output(), true);
      LossAndGradients wrong = DiscriminatorLoss.verdict(context, ofMade.output(), false);
      context.metric("discriminatorLoss", DiscriminatorLoss.recordMetrics(context, right, wrong));
      ofClean.backward(DiscriminatorLoss.gradient(right));
      ofMade.backward(DiscriminatorLoss.gradient(wrong));
    }
    try (SequentialPass ofMade = SequentialPass.forwardAside(state, made, name)) {
      LossAndGradients deceived = DiscriminatorLoss.verdict(context, ofMade.output(), true);
      context.metric("adversarialLoss", deceived.loss());
      return new Term(deceived.loss(), ofMade.inputGradient(DiscriminatorLoss.gradient(deceived)));
    }
  }

  /**
   * Updates the discriminator.
   *
   * @throws NonFiniteUpdateException where its gradient is not finite; nothing was updated then
   */
  void update(StepContext context) {
    MethodState state = context.state();
    trained.update(state, trained.rate(state, learningRate, context.images()));
  }
}
