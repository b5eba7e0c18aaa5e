package io.millrace.learner.method;

import io.millrace.learner.objective.BarlowTwinsObjective;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;
import java.util.Map;

/**
 * Barlow Twins (Zbontar et al. 2021): over a batch, each dimension of one view's projection is
 * correlated with the same dimension of the other's and with no other dimension.
 *
 * <pre>
 * z_a = projector(student(a)),   L = barlow-twins(z_1, z_2),   scale · D where views share nothing
 * </pre>
 *
 * Nothing can collapse: a constant has no correlation.
 */
final class BarlowTwinsMethod extends JointEmbeddingMethod {
  static final String NAME = "barlow-twins";

  private final BarlowTwinsSettings settings;
  private final double uninformed;

  BarlowTwinsMethod(ModelSettings model, BarlowTwinsSettings settings) {
    this(model, model.backbone().spec(STUDENT, model.preprocessing().size()), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  BarlowTwinsMethod(ModelSettings model, NetworkSpec backbone, BarlowTwinsSettings settings) {
    this(model, backbone, settings, new BarlowTwinsObjective(settings.lambda(), settings.scale()));
  }

  private BarlowTwinsMethod(
      ModelSettings model,
      NetworkSpec backbone,
      BarlowTwinsSettings settings,
      BarlowTwinsObjective objective) {
    super(
        NAME,
        model,
        backbone,
        settings.firstView(),
        settings.secondView(),
        objective,
        settings.optimiser(),
        settings.learningRate());
    this.settings = settings;
    this.uninformed = objective.uninformed(settings.projection());
  }

  @Override
  NetworkSpec projector(int features) {
    return Heads.projector(
        PROJECTOR, features, settings.projectorHidden(), settings.projection(), 3);
  }

  @Override
  double uninformed(int images) {
    return uninformed;
  }

  @Override
  Map<String, String> architecture() {
    return Map.of(
        "projectorHidden", Integer.toString(settings.projectorHidden()),
        "projection", Integer.toString(settings.projection()));
  }

  @Override
  public String settings() {
    return settings.toString();
  }
}
