package io.millrace.learner.method.step;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Objects;

/**
 * One objective against forgetting: w · objective(aligner(f), f'), f the student's features, f' a
 * past network's, without gradient.
 *
 * @param metrics how its metrics begin: {@code …Loss}, without the weight, and {@code …Gradient},
 *     the norm of the weighted derivative by f
 * @param aligner name of the small network
 * @param hidden width of its hidden layer
 * @param weight w
 * @param objective with the inputs {@code prediction} and {@code target}
 * @param past what f' comes from
 */
record AlignmentTerm(
    String metrics,
    String aligner,
    int hidden,
    double weight,
    Objective objective,
    ReferenceNetwork past) {
  private static final String PREDICTION = "prediction";
  private static final String TARGET = "target";

  /** Adds aligner and past network to a state that has the backbone. */
  void build(MethodState state, NetworkSpec backbone, long seed) {
    int features = OutputFeatures.of(backbone);
    FreshNetworks.add(state, Heads.mlp(aligner, features, hidden, features), seed);
    past.addTo(state);
  }

  /**
   * Objective and backward through the aligner.
   *
   * @param features f of a view
   * @return the weighted derivative by f
   */
  Tensor gradient(StepContext context, Tensor view, Tensor features) {
    MethodState state = context.state();
    Tensor target = past.features(state, view);
    try (Activations aligned = state.network(aligner).forward(features, Mode.TRAIN, true)) {
      LossAndGradients evaluated =
          context.evaluate(objective, Map.of(PREDICTION, aligned.output(), TARGET, target));
      context.metric(metrics + "Loss", evaluated.loss());
      Tensor gradient = context.gradient(evaluated, PREDICTION).mul(weight);
      Tensor back = Objects.requireNonNull(aligned.backward(gradient, true));
      context.metric(metrics + "Gradient", back.mul(back).sum(false).sqrt());
      return back;
    }
  }
}
