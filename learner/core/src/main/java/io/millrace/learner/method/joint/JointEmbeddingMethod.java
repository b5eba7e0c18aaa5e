package io.millrace.learner.method.joint;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.method.step.StepMetrics;
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
 * view is normalized by its own batch. Representation: the student without its projector.
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
  public final Map<String, ?> architecture() {
    return Map.of(
        "projectorHidden", settings.projectorHidden(), "projection", settings.projection());
  }

  @Override
  public final void build(MethodState state) {
    add(state, backbone());
    add(state, projector(OutputFeatures.of(backbone())));
  }

  @Override
  public final void learn(StepContext context) {
    TwoViews.Pair v = views.of(context);
    try (SequentialPass one = SequentialPass.forward(context.state(), v.v1(), STUDENT, PROJECTOR);
        SequentialPass two = SequentialPass.forward(context.state(), v.v2(), STUDENT, PROJECTOR)) {
      context.markPhase("forward");
      LossAndGradients evaluated =
          context.evaluate(
              objective,
              Map.of(PairObjective.FIRST, one.output(), PairObjective.SECOND, two.output()));
      context.loss(evaluated.loss());
      context.chanceLevel(objective.chanceLevel(context.images(), settings.projection()));
      context.metrics(evaluated);
      context.features(one.output(0));
      context.metric("projectionStd", StepMetrics.featureDeviation(one.output()));
      context.markPhase("objective");

      one.backward(context.gradient(evaluated, PairObjective.FIRST));
      two.backward(context.gradient(evaluated, PairObjective.SECOND));
      context.markPhase("backward");
    }
  }
}
