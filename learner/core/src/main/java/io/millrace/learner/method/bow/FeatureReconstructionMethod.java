package io.millrace.learner.method.bow;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.task.MaskSampler;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.EmaTeachers;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.FeatureReconstructionObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.ResNets;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Reconstruction of features instead of pixels, of the family that BoWNet and OBoW belong to. From
 * a perturbed image (other colors, holes) the student reconstructs, cell by cell, the last feature
 * map that its moving average computes from the clean one:
 *
 * <pre>
 * p = predictor(student(perturb(x))),   t = teacher(x)
 * L = mean (p − t̃)²,   t̃ is t with each channel standardized;   about 1 at chance level
 * teacher ← τ · teacher + (1 − τ) · student, after each update
 * </pre>
 *
 * The average runs over parameters; the teacher normalizes by its own batch and keeps running
 * statistics of its own. Representation: the student. Of a vision transformer the map of patch
 * tokens is what learns; its class token does so only by attending to them.
 */
public final class FeatureReconstructionMethod extends SinglePassMethod {
  public static final String NAME = "feature-reconstruction";

  private static final String STUDENT = "student";
  private static final String PREDICTOR = "predictor";
  private static final String TEACHER = "teacher";
  private static final String LAST = ResNets.STAGES.get(ResNets.STAGES.size() - 1);

  private final FeatureReconstructionSettings settings;
  private final NetworkSpec predictor;
  private final ViewGroup perturbed;
  private final ViewGroup clean;
  private final MaskSampler holes;
  private final FeatureReconstructionObjective objective = new FeatureReconstructionObjective();

  public FeatureReconstructionMethod(ModelSettings model, FeatureReconstructionSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind that taps its last feature map. */
  public FeatureReconstructionMethod(
      ModelSettings model, NetworkSpec backbone, FeatureReconstructionSettings settings) {
    super(NAME, model, backbone, List.of(STUDENT, PREDICTOR), settings);
    this.settings = settings;
    int channels = OutputFeatures.of(backbone, LAST);
    this.predictor = Heads.cellwise(PREDICTOR, channels, settings.predictorHidden(), channels);
    // Of one name, so that both draw the same crops.
    this.perturbed = ViewGroup.crops("images", settings.view(), model.preprocessing());
    this.clean = ViewGroup.crops("images", settings.view().cropsAlone(), model.preprocessing());
    this.holes = new MaskSampler(settings.holes());
  }

  @Override
  public String bestLayer() {
    return "layer2";
  }

  @Override
  public Map<String, ?> architecture() {
    return Map.of("predictorHidden", settings.predictorHidden());
  }

  @Override
  public void build(MethodState state) {
    add(state, backbone());
    add(state, predictor);
    EmaTeachers.add(state, TEACHER, STUDENT);
  }

  @Override
  public void learn(StepContext context) {
    MethodState state = context.state();
    ImageBatch batch = context.batch();
    Tensor mask =
        holes.mask(context.engine(), batch.ids(), settings.view().size(), batch.step(), seed());
    Tensor seen = MaskSampler.cut(context.view(perturbed), mask);
    Tensor whole = context.view(clean);
    context.markPhase("views");
    try (Activations teacher = state.network(TEACHER).forward(whole, Mode.TRAIN, false);
        Activations student = state.network(STUDENT).forward(seen, Mode.TRAIN);
        Activations prediction = state.network(PREDICTOR).forward(student.tap(LAST), Mode.TRAIN)) {
      context.markPhase("forward");
      LossAndGradients evaluated =
          context.evaluate(
              objective,
              Map.of(
                  FeatureReconstructionObjective.PREDICTION, prediction.output(),
                  FeatureReconstructionObjective.TARGET, teacher.tap(LAST)));
      context.loss(evaluated.loss());
      context.chanceLevel(
          Objects.requireNonNull(
              evaluated.metrics().get(FeatureReconstructionObjective.CHANCE_LEVEL)));
      context.features(student.output());
      context.markPhase("objective");
      Tensor gradient = context.gradient(evaluated, FeatureReconstructionObjective.PREDICTION);
      Tensor atMap = Objects.requireNonNull(prediction.backward(gradient, true));
      student.backward(Map.of(LAST, atMap), false, true);
      context.markPhase("backward");
    }
  }

  @Override
  public double teacherMomentum(MethodState state) {
    return settings.teacherMomentum();
  }

  @Override
  public Map<String, String> teachers() {
    return Map.of(TEACHER, STUDENT);
  }
}
