package io.millrace.learner.method.pretext;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.task.Rotation90;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/**
 * Rotation prediction (Gidaris et al. 2018; gidariss/FeatureLearningRotNet): by which of four
 * quarter turns was the image turned? Every image is seen under all four.
 */
public final class RotationMethod extends ClassifyingMethod {
  public static final String NAME = "rotation";

  private final ViewGroup view;

  public RotationMethod(ModelSettings model, RotationSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  public RotationMethod(ModelSettings model, NetworkSpec backbone, RotationSettings settings) {
    super(NAME, model, backbone, Rotation90.TURNS, settings);
    this.view = ViewGroup.crops("rotation", settings.view(), model.preprocessing());
  }

  @Override
  public Map<String, ?> architecture() {
    return Map.of();
  }

  @Override
  public Tensor views(StepContext context) {
    return Rotation90.of(context.engine(), context.view(view));
  }

  @Override
  public double[] labels(ImageBatch batch) {
    double[] turns = new double[batch.size() * view.views() * Rotation90.TURNS];
    Arrays.setAll(turns, i -> i % Rotation90.TURNS);
    return turns;
  }

  @Override
  public NetworkSpec head(String name, int features) {
    return Heads.linear(name, features, Rotation90.TURNS);
  }
}
