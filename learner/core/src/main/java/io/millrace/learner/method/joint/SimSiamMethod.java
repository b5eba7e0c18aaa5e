package io.millrace.learner.method.joint;

import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.method.step.StepMetrics;
import io.millrace.learner.method.step.TeachingHook;
import io.millrace.learner.method.step.TwoViews;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.SimSiamObjective;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * SimSiam (Chen and He 2021): from one view's projection the predictor guesses the other's, which
 * is held constant. No teacher, no negatives; the stop-gradient keeps it from collapse.
 *
 * <pre>
 * z_a = projector(student(a)),   p_a = predictor(z_a)
 * L = ½ (d(p_1, z_2) + d(p_2, z_1)),   d(p, z) = 1 − cos(p, z), z a constant;   1 where orthogonal
 * </pre>
 *
 * Representation: the student without its projector.
 */
public final class SimSiamMethod extends SinglePassMethod {
  public static final String NAME = "simsiam";

  private static final String STUDENT = "student";
  private static final String PROJECTOR = "projector";
  private static final String PREDICTOR = "predictor";

  private final SimSiamSettings settings;
  private final TwoViews views;
  private final SimSiamObjective objective = new SimSiamObjective();

  public SimSiamMethod(ModelSettings model, SimSiamSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  public SimSiamMethod(ModelSettings model, NetworkSpec backbone, SimSiamSettings settings) {
    super(NAME, model, backbone, List.of(STUDENT, PROJECTOR, PREDICTOR), settings);
    this.settings = settings;
    this.views = TwoViews.of(settings, model.preprocessing());
  }

  @Override
  public Map<String, ?> architecture() {
    return Map.of(
        "projectorLayers", settings.projectorLayers(),
        "projectorHidden", settings.projectorHidden(),
        "projection", settings.projection(),
        "predictorHidden", settings.predictorHidden());
  }

  @Override
  public Optional<AuxiliaryHook> hook() {
    return Optional.of(
        new TeachingHook(
            objective,
            SimSiamObjective.PREDICTION,
            settings.projection(),
            SimSiamObjective.TARGET,
            List.of(STUDENT, PROJECTOR)));
  }

  @Override
  public void build(MethodState state) {
    int projection = settings.projection();
    add(state, backbone());
    add(
        state,
        Heads.normalizedProjector(
            PROJECTOR,
            OutputFeatures.of(backbone()),
            settings.projectorHidden(),
            projection,
            settings.projectorLayers()));
    add(state, Heads.mlp(PREDICTOR, projection, settings.predictorHidden(), projection));
  }

  @Override
  public void learn(StepContext context) {
    MethodState state = context.state();
    TwoViews.Pair v = views.of(context);
    try (SequentialPass one = SequentialPass.forward(state, v.v1(), STUDENT, PROJECTOR, PREDICTOR);
        SequentialPass two = SequentialPass.forward(state, v.v2(), STUDENT, PROJECTOR, PREDICTOR)) {
      context.markPhase("forward");
      LossAndGradients toSecond = direction(context, one, two);
      LossAndGradients toFirst = direction(context, two, one);
      context.loss(toSecond.loss().add(toFirst.loss()).mul(0.5));
      context.chanceLevel(SimSiamObjective.CHANCE_LEVEL);
      context.metrics(toSecond);
      context.features(one.output(0));
      context.metric("projectionStd", StepMetrics.featureDeviation(one.output(1)));
      context.markPhase("objective");

      one.backward(context.gradient(toSecond, SimSiamObjective.PREDICTION).mul(0.5));
      two.backward(context.gradient(toFirst, SimSiamObjective.PREDICTION).mul(0.5));
      context.markPhase("backward");
    }
  }

  /** One view's prediction of the other's projection, whose gradient is not asked for. */
  private LossAndGradients direction(StepContext context, SequentialPass from, SequentialPass to) {
    return context.evaluate(
        objective,
        Map.of(SimSiamObjective.PREDICTION, from.output(), SimSiamObjective.TARGET, to.output(1)));
  }
}
