package io.millrace.learner.method;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.EmaTeachers;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.SimSiamObjective;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What SimSiam and BYOL must not be: without a predictor, or with a gradient that passes through
 * the target. For tests of the monitors.
 */
public final class CollapsingMethod extends SinglePassMethod {
  private final ViewGroup first;
  private final ViewGroup second;
  private final NetworkSpec projector;
  private final boolean predicts;
  private final boolean stopsGradient;
  private final double teacherMomentum;
  private final SimSiamObjective objective = new SimSiamObjective();

  /**
   * @param predicts whether there is a predictor
   * @param stopsGradient whether the target is a constant
   * @param teacherMomentum of a teacher that gives the target; NaN: the student does
   */
  public CollapsingMethod(
      ModelSettings model,
      NetworkSpec backbone,
      NetworkSpec projector,
      ViewSettings view,
      boolean predicts,
      boolean stopsGradient,
      double teacherMomentum,
      OptimizerSettings optimizer,
      ScheduleSettings learningRate) {
    super(
        "collapsing",
        model,
        backbone,
        predicts ? List.of("student", "projector", "predictor") : List.of("student", "projector"),
        "updates",
        optimizer,
        learningRate.schedule(),
        "");
    this.first = ViewGroup.crops("first", view, model.preprocessing());
    this.second = ViewGroup.crops("second", view, model.preprocessing());
    this.projector = projector;
    this.predicts = predicts;
    this.stopsGradient = stopsGradient;
    this.teacherMomentum = teacherMomentum;
  }

  @Override
  public Map<String, ?> architecture() {
    return Map.of();
  }

  @Override
  public void build(MethodState state) {
    add(state, backbone());
    add(state, projector);
    int projection = OutputFeatures.of(projector);
    if (predicts) {
      add(state, Heads.mlp("predictor", projection, 8, projection));
    }
    if (taught()) {
      EmaTeachers.add(state, "teacher", "student");
      EmaTeachers.add(state, "teacherProjector", "projector");
    }
  }

  private boolean taught() {
    return !Double.isNaN(teacherMomentum);
  }

  @Override
  public void learn(StepContext context) {
    List<Tensor> views = List.of(context.view(first), context.view(second));
    context.markPhase("views");
    var ways = new ArrayList<Way>();
    var gradients = new ArrayList<Tensor>();
    Tensor loss = context.engine().zeros();
    try {
      views.forEach(view -> ways.add(new Way(context.state(), view)));
      context.markPhase("forward");
      for (int v = 0; v < 2; v++) {
        Tensor target =
            taught()
                ? SequentialPass.target(
                    context.state(), views.get(1 - v), "teacher", "teacherProjector")
                : ways.get(1 - v).z.output();
        LossAndGradients to = evaluate(ways.get(v).output(), target);
        gradients.add(to.gradients().get(SimSiamObjective.PREDICTION).mul(0.5));
        // The loss is symmetric: the gradient of the target is that of a prediction.
        Tensor through =
            evaluate(target, ways.get(v).output())
                .gradients()
                .get(SimSiamObjective.PREDICTION)
                .mul(0.5);
        gradients.add(through);
        loss = loss.add(to.loss().mul(0.5));
      }
      context.loss(loss);
      context.chanceLevel(SimSiamObjective.CHANCE_LEVEL);
      context.features(ways.get(0).f.output());
      context.markPhase("objective");
      for (int v = 0; v < 2; v++) {
        ways.get(v).backward(gradients.get(2 * v), gradients.get(2 * (1 - v) + 1));
      }
      context.markPhase("backward");
    } finally {
      ways.forEach(Way::close);
    }
  }

  private LossAndGradients evaluate(Tensor prediction, Tensor target) {
    return objective.evaluate(
        Map.of(SimSiamObjective.PREDICTION, prediction, SimSiamObjective.TARGET, target));
  }

  @Override
  public double teacherMomentum(MethodState state) {
    return teacherMomentum;
  }

  @Override
  public Map<String, String> teachers() {
    return taught() ? Map.of("teacher", "student", "teacherProjector", "projector") : Map.of();
  }

  /** One view's way, with a way back from the projection too. */
  private final class Way {
    final Activations f;
    final Activations z;
    final Activations p;

    Way(MethodState state, Tensor view) {
      f = state.network("student").forward(view, Mode.TRAIN);
      z = state.network("projector").forward(f.output(), Mode.TRAIN);
      p = predicts ? state.network("predictor").forward(z.output(), Mode.TRAIN) : z;
    }

    Tensor output() {
      return p.output();
    }

    void backward(Tensor atOutput, Tensor atProjection) {
      Tensor at = predicts ? Objects.requireNonNull(p.backward(atOutput, true)) : atOutput;
      if (!stopsGradient) {
        at = at.add(atProjection);
      }
      f.backward(Objects.requireNonNull(z.backward(at, true)), false);
    }

    void close() {
      if (predicts) {
        p.close();
      }
      z.close();
      f.close();
    }
  }
}
