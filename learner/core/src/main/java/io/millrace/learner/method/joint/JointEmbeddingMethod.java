package io.millrace.learner.method.joint;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.Chain;
import io.millrace.learner.method.step.Figures;
import io.millrace.learner.method.step.Pass;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.TwoViews;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.PairObjective;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import java.util.List;
import java.util.Map;

/**
 * A method that joins the projections of two views of each image, both on the same way through
 * student and projector, with no teacher: L(projector(student(v1)), projector(student(v2))). Each
 * view is normalised by its own batch. Representation: the student without its projector.
 */
abstract class JointEmbeddingMethod extends SinglePassMethod {
  static final String STUDENT = "student";
  static final String PROJECTOR = "projector";

  private final JointEmbeddingSettings settings;
  private final TwoViews views;
  private final PairObjective objective;

  JointEmbeddingMethod(
      String name,
      ModelSettings model,
      NetworkSpec backbone,
      JointEmbeddingSettings settings,
      PairObjective objective) {
    super(name, model, backbone, List.of(STUDENT, PROJECTOR), settings);
    this.settings = settings;
    this.views = TwoViews.of(settings, model.preprocessing());
    this.objective = objective;
  }

  /** The projector for so many features. */
  abstract NetworkSpec projector(int features);

  @Override
  final Map<String, ?> architecture() {
    return Map.of(
        "projectorHidden", settings.projectorHidden(), "projection", settings.projection());
  }

  @Override
  final void build(MethodState state) {
    add(state, backbone());
    add(state, projector(OutputFeatures.of(backbone())));
  }

  @Override
  final void learn(Pass pass) {
    TwoViews.Pair v = views.of(pass);
    try (Chain one = Chain.forward(pass.state(), v.v1(), STUDENT, PROJECTOR);
        Chain two = Chain.forward(pass.state(), v.v2(), STUDENT, PROJECTOR)) {
      pass.lap("forward");
      LossAndGradients evaluated =
          objective.evaluate(
              Map.of(PairObjective.FIRST, one.output(), PairObjective.SECOND, two.output()));
      pass.loss(evaluated.loss());
      pass.uninformed(objective.uninformed(pass.batch().size(), settings.projection()));
      pass.figures(evaluated);
      pass.features(one.output(0));
      pass.figure("projectionStd", Figures.featureDeviation(one.output()));
      pass.lap("objective");

      one.backward(pass.gradient(evaluated, PairObjective.FIRST));
      two.backward(pass.gradient(evaluated, PairObjective.SECOND));
      pass.lap("backward");
    }
  }
}
