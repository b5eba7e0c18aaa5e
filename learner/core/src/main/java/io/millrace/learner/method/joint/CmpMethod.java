package io.millrace.learner.method.joint;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.method.step.StepMetrics;
import io.millrace.learner.objective.ByolObjective;
import io.millrace.learner.objective.CodingRateObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Continual MultiPatches (Cignoni et al. 2025, "Replay-free online continual learning with
 * self-supervised multipatches") over BYOL: of many patches of an image each predicts the mean of
 * the teacher's projections of all of them, while the coding rate over the images of the batch
 * keeps them apart. It is made for streams whose images may not be kept: many patches of an image
 * now stand for many looks at it later.
 *
 * <pre>
 * z_p = projector(student(x_p)),   q_p = predictor(z_p),   z̄ = mean_p projector'(teacher(x_p))
 * L = α · mean_p byol(q_p, z̄) + β · codingRate(z),   2 α where predictions are orthogonal
 * teacher ← τ · teacher + (1 − τ) · student, after each update
 * </pre>
 *
 * All patches are normalized together. Representation: the student without its projector.
 */
public final class CmpMethod extends BootstrapMethod {
  public static final String NAME = "cmp";

  private final CmpSettings settings;
  private final ViewGroup patches;
  private final ByolObjective similarity = new ByolObjective();
  private final CodingRateObjective codingRate;

  public CmpMethod(ModelSettings model, CmpSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  public CmpMethod(ModelSettings model, NetworkSpec backbone, CmpSettings settings) {
    super(NAME, model, backbone, settings);
    this.settings = settings;
    this.patches = ViewGroup.crops("patches", settings.patches(), model.preprocessing());
    this.codingRate = new CodingRateObjective(settings.patches().views(), settings.epsilon());
  }

  @Override
  public void learn(StepContext context) {
    MethodState state = context.state();
    Tensor views = context.view(patches);
    context.markPhase("views");
    try (SequentialPass chain =
        SequentialPass.forward(state, views, STUDENT, PROJECTOR, PREDICTOR)) {
      Tensor taught = SequentialPass.target(state, views, TEACHER, TEACHER_PROJECTOR);
      context.markPhase("forward");

      LossAndGradients near =
          context.evaluate(
              similarity,
              Map.of(
                  ByolObjective.PREDICTION, chain.output(),
                  ByolObjective.TARGET, means(context.batch().size(), taught)));
      LossAndGradients apart =
          context.evaluate(codingRate, Map.of(CodingRateObjective.EMBEDDINGS, chain.output(1)));
      context.loss(
          near.loss().mul(settings.similarity()).add(apart.loss().mul(settings.codingRate())));
      context.chanceLevel(ByolObjective.CHANCE_LEVEL * settings.similarity());
      context.metrics(near);
      context.metrics(apart);
      context.features(chain.output(0));
      context.metric("projectionStd", StepMetrics.featureDeviation(taught));
      context.markPhase("objective");

      chain.backward(
          context.gradient(near, ByolObjective.PREDICTION).mul(settings.similarity()),
          1,
          context.gradient(apart, CodingRateObjective.EMBEDDINGS).mul(settings.codingRate()));
      context.markPhase("backward");
    }
  }

  /** The mean over an image's patches, once for each of them. */
  private Tensor means(int images, Tensor projections) {
    int views = settings.patches().views();
    Tensor mean = projections.reshape(images, views, projections.size(1)).mean(false, 1);
    return mean.select(0, LongStream.range(0, (long) images * views).map(i -> i / views).toArray());
  }
}
