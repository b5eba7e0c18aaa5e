package io.millrace.learner.method;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.PairObjective;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
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

  private final ViewGroup first;
  private final ViewGroup second;
  private final PairObjective objective;

  JointEmbeddingMethod(
      String name,
      ModelSettings model,
      NetworkSpec backbone,
      ViewSettings firstView,
      ViewSettings secondView,
      PairObjective objective,
      OptimiserSettings optimiser,
      ScheduleSettings learningRate) {
    super(name, model, backbone, List.of(STUDENT, PROJECTOR), optimiser, learningRate);
    this.first = ViewGroup.crops("first", firstView, model.preprocessing());
    this.second = ViewGroup.crops("second", secondView, model.preprocessing());
    this.objective = objective;
  }

  /** The projector for so many features. */
  abstract NetworkSpec projector(int features);

  /** Loss of projections that know nothing, for a batch of so many images. */
  abstract double uninformed(int images);

  @Override
  final void build(MethodState state) {
    add(state, backbone());
    add(state, projector(OutputFeatures.of(backbone())));
  }

  @Override
  final void learn(Pass pass) {
    Tensor v1 = pass.view(first);
    Tensor v2 = pass.view(second);
    pass.lap("views");
    try (Chain one = Chain.forward(pass.state(), v1, STUDENT, PROJECTOR);
        Chain two = Chain.forward(pass.state(), v2, STUDENT, PROJECTOR)) {
      pass.lap("forward");
      LossAndGradients evaluated =
          objective.evaluate(
              Map.of(PairObjective.FIRST, one.output(), PairObjective.SECOND, two.output()));
      pass.loss(evaluated.loss());
      pass.uninformed(uninformed(pass.batch().size()));
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
