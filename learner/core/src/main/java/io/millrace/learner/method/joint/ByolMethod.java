package io.millrace.learner.method.joint;

import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.method.step.StepMetrics;
import io.millrace.learner.method.step.TeachingHook;
import io.millrace.learner.method.step.TwoViews;
import io.millrace.learner.objective.ByolObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Bootstrap your own latent (Grill et al. 2020). From one view of an image the student predicts the
 * teacher's projection of the other, in both directions:
 *
 * <pre>
 * q_a = predictor(projector(student(a))),   z_b = projector'(teacher(b))
 * L = byol(q_1, z_2) + byol(q_2, z_1),   0 ≤ L ≤ 8, 4 where predictions are orthogonal to targets
 * teacher ← τ · teacher + (1 − τ) · student, after each update
 * </pre>
 */
public final class ByolMethod extends BootstrapMethod {
  public static final String NAME = "byol";

  private final ByolSettings settings;
  private final TwoViews views;
  private final ByolObjective objective = new ByolObjective();

  public ByolMethod(ModelSettings model, ByolSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  public ByolMethod(ModelSettings model, NetworkSpec backbone, ByolSettings settings) {
    super(NAME, model, backbone, settings);
    this.settings = settings;
    this.views = TwoViews.of(settings, model.preprocessing());
  }

  @Override
  public Optional<AuxiliaryHook> hook() {
    return Optional.of(
        new TeachingHook(
            objective,
            ByolObjective.PREDICTION,
            settings.projection(),
            ByolObjective.TARGET,
            List.of(TEACHER, TEACHER_PROJECTOR)));
  }

  @Override
  public void learn(StepContext context) {
    MethodState state = context.state();
    TwoViews.Pair v = views.of(context);
    try (SequentialPass q1 = SequentialPass.forward(state, v.v1(), STUDENT, PROJECTOR, PREDICTOR);
        SequentialPass q2 = SequentialPass.forward(state, v.v2(), STUDENT, PROJECTOR, PREDICTOR)) {
      Tensor z1 = SequentialPass.target(state, v.v1(), TEACHER, TEACHER_PROJECTOR);
      Tensor z2 = SequentialPass.target(state, v.v2(), TEACHER, TEACHER_PROJECTOR);
      context.markPhase("forward");

      LossAndGradients one = context.evaluate(objective, direction(q1.output(), z2));
      LossAndGradients two = context.evaluate(objective, direction(q2.output(), z1));
      context.loss(one.loss().add(two.loss()));
      context.chanceLevel(2 * ByolObjective.CHANCE_LEVEL);
      context.metric("cosine", cosine(one).add(cosine(two)).mul(0.5));
      context.features(q1.output(0));
      context.metric("projectionStd", StepMetrics.featureDeviation(z1));
      context.markPhase("objective");

      q1.backward(context.gradient(one, ByolObjective.PREDICTION));
      q2.backward(context.gradient(two, ByolObjective.PREDICTION));
      context.markPhase("backward");
    }
  }

  private static Map<String, Tensor> direction(Tensor prediction, Tensor target) {
    return Map.of(ByolObjective.PREDICTION, prediction, ByolObjective.TARGET, target);
  }

  private static Tensor cosine(LossAndGradients evaluated) {
    return Objects.requireNonNull(evaluated.metrics().get("cosine"));
  }
}
