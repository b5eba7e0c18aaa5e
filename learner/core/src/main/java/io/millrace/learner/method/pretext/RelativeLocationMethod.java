package io.millrace.learner.method.pretext;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Relative patch location (Doersch et al. 2015): of a patch and one of the eight around it in a 3 ×
 * 3 grid, which of the eight is it? The student sees each patch by itself; the head sees the
 * center's features followed by the neighbor's. Every image gives all eight pairs, as in mmselfsup,
 * so that the center is computed once for them.
 */
public final class RelativeLocationMethod extends ClassifyingMethod {
  public static final String NAME = "relative-location";

  private static final int PATCHES = 9;
  private static final int CENTER = 4;
  private static final int NEIGHBORS = 8;

  private final RelativeLocationSettings settings;
  private final ViewGroup patches;

  public RelativeLocationMethod(ModelSettings model, RelativeLocationSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  public RelativeLocationMethod(
      ModelSettings model, NetworkSpec backbone, RelativeLocationSettings settings) {
    super(NAME, model, backbone, NEIGHBORS, settings);
    this.settings = settings;
    this.patches = ViewGroup.patchGrid("patches", settings.patches(), model.preprocessing());
  }

  @Override
  public Map<String, ?> architecture() {
    return Map.of("headHidden", settings.headHidden());
  }

  @Override
  public Tensor views(StepContext context) {
    return context.view(patches);
  }

  @Override
  public double[] labels(ImageBatch batch) {
    double[] places = new double[batch.size() * NEIGHBORS];
    Arrays.setAll(places, i -> i % NEIGHBORS);
    return places;
  }

  @Override
  public NetworkSpec head(String name, int features) {
    return Heads.mlp(name, 2 * features, settings.headHidden(), NEIGHBORS);
  }

  /** [images · 9, D] to [images · 8, 2 D]: center, neighbor. */
  @Override
  public Tensor join(Engine engine, Tensor features) {
    long d = features.size(1);
    Tensor grid = features.reshape(-1, PATCHES, d);
    Tensor centers =
        engine.zeros(grid.size(0), NEIGHBORS, d).copyIn(grid.slice(1, CENTER, CENTER + 1));
    Tensor neighbors =
        engine.concat(1, List.of(grid.slice(1, 0, CENTER), grid.slice(1, CENTER + 1, PATCHES)));
    return engine.concat(2, List.of(centers, neighbors)).reshape(-1, 2 * d);
  }

  @Override
  public Tensor split(Engine engine, Tensor gradient) {
    long d = gradient.size(1) / 2;
    Tensor pairs = gradient.reshape(-1, NEIGHBORS, 2 * d);
    Tensor center = pairs.slice(2, 0, d).sum(true, 1);
    Tensor neighbors = pairs.slice(2, d, 2 * d);
    return engine
        .concat(
            1,
            List.of(neighbors.slice(1, 0, CENTER), center, neighbors.slice(1, CENTER, NEIGHBORS)))
        .reshape(-1, d);
  }

  /** The mean over an image's nine. */
  @Override
  public Tensor summary(Tensor features) {
    return features.reshape(-1, PATCHES, features.size(1)).mean(false, 1);
  }
}
