package io.millrace.learner.method;

import io.millrace.learner.augment.EvalView;
import io.millrace.learner.objective.ByolObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Objects;

/**
 * Alignment of a backbone to a slow average of itself ({@link AlignmentSettings}): w · (2 − 2 ·
 * cos(aligner(f), f')), f' without gradient, f' ← the backbone whose parameters are θ' ← τ θ' + (1
 * − τ) θ. Figures: {@code alignmentLoss}, without the weight, and {@code alignmentGradient}, the
 * norm of the weighted derivative by f.
 */
final class SlowAlignment {
  static final String ALIGNER = "aligner";
  private static final String SLOW = "slow";

  private final AlignmentSettings settings;
  private final String backbone;
  private final EvalView view;
  private final ByolObjective objective = new ByolObjective();

  SlowAlignment(AlignmentSettings settings, String backbone, EvalView view) {
    this.settings = settings;
    this.backbone = backbone;
    this.view = view;
  }

  /** Adds slow average and aligner to a state that has the backbone. */
  void build(MethodState state, SinglePassMethod method) {
    int features = OutputFeatures.of(state.network(backbone).spec());
    method.add(state, Heads.mlp(ALIGNER, features, settings.hidden(), features));
    Teachers.add(state, SLOW, backbone);
  }

  /** Forward, objective, backward: adds to the gradients of backbone and aligner. */
  void learn(Pass pass) {
    MethodState state = pass.state();
    Tensor seen = view.of(state.engine(), pass.batch().images());
    Tensor target = Chain.target(state, seen, SLOW);
    Network student = state.network(backbone);
    try (Activations features = student.forward(seen, Mode.TRAIN, true);
        Activations aligned = state.network(ALIGNER).forward(features.output(), Mode.TRAIN, true)) {
      LossAndGradients evaluated =
          objective.evaluate(
              Map.of(ByolObjective.PREDICTION, aligned.output(), ByolObjective.TARGET, target));
      pass.figure("alignmentLoss", evaluated.loss());
      Tensor gradient = pass.gradient(evaluated, ByolObjective.PREDICTION).mul(settings.weight());
      Tensor back = Objects.requireNonNull(aligned.backward(gradient, true));
      pass.figure("alignmentGradient", back.mul(back).sum(false).sqrt());
      features.backward(back, false);
    }
    pass.lap("alignment");
  }

  /** Moves the slow average. */
  void follow(Pass pass) {
    Teachers.follow(pass.state(), settings.momentum(), Map.of(SLOW, backbone));
  }
}
