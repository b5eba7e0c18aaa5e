package io.millrace.learner.method.bow;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.task.Holes;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.Pass;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.Teachers;
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
 * a perturbed image (other colours, holes) the student reconstructs, cell by cell, the last feature
 * map that its moving average makes of the clean one:
 *
 * <pre>
 * p = predictor(student(perturb(x))),   t = teacher(x)
 * L = mean (p − t̃)²,   t̃ is t with each channel standardised;   about 1 where nothing is known
 * teacher ← τ · teacher + (1 − τ) · student, after each update
 * </pre>
 *
 * The average runs over parameters; the teacher normalises by its own batch and keeps running
 * statistics of its own. Representation: the student. Of a vision transformer the map of patch
 * tokens is what learns; its class token does so only by attending to them.
 */
final class FeatureReconstructionMethod extends SinglePassMethod {
  static final String NAME = "feature-reconstruction";

  private static final String STUDENT = "student";
  private static final String PREDICTOR = "predictor";
  private static final String TEACHER = "teacher";
  private static final String LAST = ResNets.STAGES.get(ResNets.STAGES.size() - 1);

  private final FeatureReconstructionSettings settings;
  private final NetworkSpec predictor;
  private final ViewGroup perturbed;
  private final ViewGroup clean;
  private final Holes holes;
  private final FeatureReconstructionObjective objective = new FeatureReconstructionObjective();

  FeatureReconstructionMethod(ModelSettings model, FeatureReconstructionSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind that taps its last feature map. */
  FeatureReconstructionMethod(
      ModelSettings model, NetworkSpec backbone, FeatureReconstructionSettings settings) {
    super(NAME, model, backbone, List.of(STUDENT, PREDICTOR), settings);
    this.settings = settings;
    int channels = OutputFeatures.of(backbone, LAST);
    this.predictor = Heads.cellwise(PREDICTOR, channels, settings.predictorHidden(), channels);
    // Of one name, so that both draw the same crops.
    this.perturbed = ViewGroup.crops("images", settings.view(), model.preprocessing());
    this.clean = ViewGroup.crops("images", settings.view().cropsAlone(), model.preprocessing());
    this.holes = new Holes(settings.holes());
  }

  @Override
  Map<String, ?> architecture() {
    return Map.of("predictorHidden", settings.predictorHidden());
  }

  @Override
  void build(MethodState state) {
    add(state, backbone());
    add(state, predictor);
    Teachers.add(state, TEACHER, STUDENT);
  }

  @Override
  void learn(Pass pass) {
    MethodState state = pass.state();
    ImageBatch batch = pass.batch();
    Tensor mask =
        holes.mask(pass.engine(), batch.ids(), settings.view().size(), batch.step(), seed());
    Tensor seen = Holes.cut(pass.view(perturbed), mask);
    Tensor whole = pass.view(clean);
    pass.lap("views");
    try (Activations teacher = state.network(TEACHER).forward(whole, Mode.TRAIN, false);
        Activations student = state.network(STUDENT).forward(seen, Mode.TRAIN);
        Activations prediction = state.network(PREDICTOR).forward(student.tap(LAST), Mode.TRAIN)) {
      pass.lap("forward");
      LossAndGradients evaluated =
          objective.evaluate(
              Map.of(
                  FeatureReconstructionObjective.PREDICTION, prediction.output(),
                  FeatureReconstructionObjective.TARGET, teacher.tap(LAST)));
      pass.loss(evaluated.loss());
      pass.uninformed(
          Objects.requireNonNull(
              evaluated.figures().get(FeatureReconstructionObjective.UNINFORMED)));
      pass.features(student.output());
      pass.lap("objective");
      Tensor gradient = pass.gradient(evaluated, FeatureReconstructionObjective.PREDICTION);
      Tensor atMap = Objects.requireNonNull(prediction.backward(gradient, true));
      student.backward(Map.of(LAST, atMap), false, true);
      pass.lap("backward");
    }
  }

  @Override
  double teacherMomentum(MethodState state) {
    return settings.teacherMomentum();
  }

  @Override
  Map<String, String> teachers() {
    return Map.of(TEACHER, STUDENT);
  }
}
