package io.millrace.learner.method.generative;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.MeanSquaredErrorObjective;
import io.millrace.learner.tensor.Decoders;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An encoder whose features a decoder turns back into the image:
 *
 * <pre>
 * x̂ = decoder(student(corrupt(x))),   L = Σ w (x̂ − x)² / Σ w
 * </pre>
 *
 * over normalized pixels. The feature vector is the bottleneck. The chance-level loss is that of
 * the batch's mean image, its pixels' variance. Representation: the student.
 */
abstract class ReconstructionMethod extends SinglePassMethod {
  static final String STUDENT = "student";
  static final String DECODER = "decoder";

  private final ReconstructionSettings settings;
  private final NetworkSpec decoder;
  private final ViewGroup images;

  ReconstructionMethod(String name, ModelSettings model, ReconstructionSettings settings) {
    this(
        name,
        model,
        model.spec(STUDENT),
        Decoders.decoder(
            DECODER,
            model.backbone().featureDimension(),
            settings.decoderChannels(),
            settings.view().size()),
        settings);
  }

  /** With networks of any kind: to the feature vector, and from it to the image. */
  ReconstructionMethod(
      String name,
      ModelSettings model,
      NetworkSpec backbone,
      NetworkSpec decoder,
      ReconstructionSettings settings) {
    super(name, model, backbone, List.of(STUDENT, DECODER), settings);
    this.settings = settings;
    this.decoder = decoder;
    this.images = ViewGroup.crops("images", settings.view(), model.preprocessing());
  }

  /**
   * What the student sees of clean views, and how much each of their pixels counts.
   *
   * @param weights [images, 1, size, size]; null where all count alike
   */
  record Corrupted(Tensor input, @Nullable Tensor weights) {}

  /** Spoils clean views [images, 3, size, size]. */
  abstract Corrupted corrupt(StepContext context, Tensor clean);

  @Override
  public Map<String, ?> architecture() {
    return Map.of(
        "view.size", settings.view().size(),
        "decoderChannels", settings.decoderChannels());
  }

  /**
   * Records the loss and the chance-level loss.
   *
   * @param evaluated the reconstruction's error
   * @return the derivative by the reconstruction, times the weight of the pass
   */
  Tensor recordMetrics(
      StepContext context, Tensor clean, Tensor reconstruction, LossAndGradients evaluated) {
    context.loss(evaluated.loss());
    context.chanceLevel(MeanSquaredErrorObjective.chanceLevel(evaluated));
    return context.gradient(evaluated, MeanSquaredErrorObjective.PREDICTION);
  }

  @Override
  public void build(MethodState state) {
    add(state, backbone());
    add(state, decoder);
  }

  @Override
  public final void learn(StepContext context) {
    Tensor clean = context.view(images);
    Corrupted seen = corrupt(context, clean);
    context.markPhase("views");
    try (SequentialPass chain =
        SequentialPass.forward(context.state(), seen.input(), STUDENT, DECODER)) {
      context.markPhase("forward");
      var inputs = new HashMap<String, Tensor>();
      inputs.put(MeanSquaredErrorObjective.PREDICTION, chain.output());
      inputs.put(MeanSquaredErrorObjective.TARGET, clean);
      Tensor weights = seen.weights();
      LossAndGradients evaluated;
      if (weights == null) {
        evaluated = context.evaluate(MeanSquaredErrorObjective.plain(), inputs);
      } else {
        inputs.put(MeanSquaredErrorObjective.WEIGHTS, weights);
        evaluated = context.evaluate(MeanSquaredErrorObjective.weighted(), inputs);
      }
      Tensor gradient = recordMetrics(context, clean, chain.output(), evaluated);
      context.features(chain.output(0));
      context.markPhase("objective");
      chain.backward(gradient);
      context.markPhase("backward");
    }
  }
}
