package io.millrace.learner.method.pretext;

import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.CrossEntropyObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A pretext task with an answer among K that costs no label: views, their features, a head that
 * classifies, softmax cross-entropy.
 *
 * <pre>
 * y = head(join(student(views))),   L = −mean log softmax(y)[label],   log K at chance level
 * </pre>
 *
 * Metric {@code accuracy}: share of right answers. Representation: the student without its head.
 */
abstract class ClassifyingMethod extends SinglePassMethod {
  public static final String STUDENT = "student";
  public static final String HEAD = "head";

  private final int classes;
  private final CrossEntropyObjective objective = new CrossEntropyObjective();

  ClassifyingMethod(
      String name,
      ModelSettings model,
      NetworkSpec backbone,
      int classes,
      LearningSettings settings) {
    super(name, model, backbone, List.of(STUDENT, HEAD), settings);
    this.classes = classes;
  }

  /** What the student sees of a batch. */
  abstract Tensor views(StepContext context);

  /** The right answers, a class for each row of {@link #join}. */
  abstract double[] labels(ImageBatch batch);

  /** The head, from so many features of one view. */
  abstract NetworkSpec head(String name, int features);

  /** The head's input, of the views' features [views, D]. */
  Tensor join(Engine engine, Tensor features) {
    return features;
  }

  /** The gradient by the features, of the gradient by {@link #join}. */
  Tensor split(Engine engine, Tensor gradient) {
    return gradient;
  }

  /** What the features say of each image, [images · views, D] or [images, D]. */
  Tensor summary(Tensor features) {
    return features;
  }

  @Override
  public final void build(MethodState state) {
    add(state, backbone());
    add(state, head(HEAD, OutputFeatures.of(backbone())));
  }

  @Override
  public final void learn(StepContext context) {
    MethodState state = context.state();
    Tensor views = views(context);
    double[] labels = labels(context.batch());
    Tensor target = context.engine().tensor(labels, labels.length).oneHot(classes);
    context.markPhase("views");
    try (Activations features = state.network(STUDENT).forward(views, Mode.TRAIN);
        Activations answer =
            state.network(HEAD).forward(join(context.engine(), features.output()), Mode.TRAIN)) {
      context.markPhase("forward");
      LossAndGradients evaluated =
          context.evaluate(
              objective,
              Map.of(
                  CrossEntropyObjective.LOGITS,
                  answer.output(),
                  CrossEntropyObjective.TARGETS,
                  target));
      context.loss(evaluated.loss());
      context.chanceLevel(CrossEntropyObjective.chanceLevel(classes));
      context.metrics(evaluated);
      context.features(summary(features.output()));
      context.markPhase("objective");

      Tensor gradient = context.gradient(evaluated, CrossEntropyObjective.LOGITS);
      features.backward(
          split(context.engine(), Objects.requireNonNull(answer.backward(gradient, true))), false);
      context.markPhase("backward");
    }
  }
}
