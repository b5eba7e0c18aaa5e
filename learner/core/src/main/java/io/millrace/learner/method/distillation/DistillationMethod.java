package io.millrace.learner.method.distillation;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.method.step.StepMetrics;
import io.millrace.learner.objective.FeatureCosineObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.release.ReleasedWeights;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Knowledge distillation (Hinton, Vinyals, Dean 2015) from a release into another, usually smaller,
 * network: the release's representation is the teacher, which stays as it is. Both see the same
 * view.
 *
 * <pre>
 * s = adapter(student(v)),   t = released(v), in EVAL mode,   L = cosine, mse or logits of (s, t)
 * </pre>
 *
 * The adapter is one linear layer to the length of the teacher's features. A release has no logits
 * without labels: with {@code logits} each feature is a class without a name, and the teacher's
 * features are brought to mean 0 and deviation 1 within each image first (ours), so that the
 * temperature means the same for every teacher. Representation: the student without its adapter.
 */
public final class DistillationMethod extends SinglePassMethod {
  public static final String NAME = "distillation";

  private static final String STUDENT = "student";
  private static final String ADAPTER = "adapter";
  private static final String RELEASED = "released";

  private final DistillationSettings settings;
  private final ViewGroup view;
  private final Objective objective;

  public DistillationMethod(ModelSettings model, DistillationSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  public DistillationMethod(
      ModelSettings model, NetworkSpec backbone, DistillationSettings settings) {
    super(NAME, model, backbone, List.of(STUDENT, ADAPTER), settings);
    this.settings = settings;
    this.view = ViewGroup.crops("view", settings.view(), model.preprocessing());
    this.objective = settings.objective();
  }

  @Override
  public Map<String, ?> architecture() {
    // A release's weights file is named by its content.
    return Map.of("teacher", String.valueOf(Path.of(settings.teacher()).getFileName()));
  }

  @Override
  public void requireInputs() {
    teacher();
  }

  @Override
  public boolean releases(String network) {
    return !network.equals(RELEASED);
  }

  /** What was distilled into the student can be distilled on. */
  @Override
  public Optional<AuxiliaryHook> hook() {
    return Optional.of(new DistillationHook(STUDENT, OutputFeatures.of(backbone()), settings));
  }

  private ReleasedWeights teacher() {
    String key = "methods.distillation.teacher is '" + settings.teacher() + "': ";
    if (settings.teacher().isEmpty() || !Files.isRegularFile(Path.of(settings.teacher()))) {
      throw new IllegalArgumentException(
          key
              + "expected the path of a release's weights file (<dataDir>/releases/*.safetensors)"
              + " or of one with torchvision's or timm's names");
    }
    try {
      var own = model().preprocessing();
      ReleasedWeights teacher = ReleasedWeights.readAny(Path.of(settings.teacher()), own);
      if (!own.mean().equals(teacher.preprocessing().mean())
          || !own.std().equals(teacher.preprocessing().std())) {
        throw new IllegalArgumentException(
            key
                + "its images have mean "
                + teacher.preprocessing().mean()
                + " and deviation "
                + teacher.preprocessing().std()
                + ", model.preprocessing has "
                + own.mean()
                + " and "
                + own.std()
                + ": expected the same");
      }
      return teacher;
    } catch (IOException e) {
      throw new IllegalArgumentException(key + e.getMessage(), e);
    }
  }

  @Override
  public void build(MethodState state) {
    ReleasedWeights teacher = teacher();
    add(state, backbone());
    int features = OutputFeatures.of(backbone());
    add(state, Heads.linear(ADAPTER, features, OutputFeatures.of(teacher.spec())));
    state.add(RELEASED, teacher.open(state.engine(), RELEASED));
  }

  @Override
  public void learn(StepContext context) {
    MethodState state = context.state();
    Tensor v = context.view(view);
    context.markPhase("views");
    try (SequentialPass student = SequentialPass.forward(state, v, STUDENT, ADAPTER);
        Activations teacher = state.network(RELEASED).forward(v, Mode.EVAL)) {
      Tensor target = settings.target(teacher.output());
      context.markPhase("forward");
      LossAndGradients evaluated =
          context.evaluate(
              objective,
              Map.of(
                  FeatureCosineObjective.STUDENT,
                  student.output(),
                  FeatureCosineObjective.TEACHER,
                  target));
      context.loss(evaluated.loss());
      evaluated
          .metrics()
          .forEach(
              (name, value) -> {
                if (!name.equals(FeatureCosineObjective.CHANCE_LEVEL)) {
                  context.metric(name, value);
                }
              });
      context.chanceLevel(
          Objects.requireNonNull(evaluated.metrics().get(FeatureCosineObjective.CHANCE_LEVEL)));
      context.features(student.output(0));
      context.metric("projectionStd", StepMetrics.featureDeviation(student.output()));
      context.markPhase("objective");

      student.backward(context.gradient(evaluated, FeatureCosineObjective.STUDENT));
      context.markPhase("backward");
    }
  }
}
