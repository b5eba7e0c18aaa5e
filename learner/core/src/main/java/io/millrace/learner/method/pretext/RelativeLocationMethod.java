package io.millrace.learner.method.pretext;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.Pass;
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
 * centre's features followed by the neighbour's. Every image gives all eight pairs, as in
 * mmselfsup, so that the centre is computed once for them.
 */
public final class RelativeLocationMethod extends ClassifyingMethod {
  public static final String NAME = "relative-location";

  private static final int PATCHES = 9;
  private static final int CENTRE = 4;
  private static final int NEIGHBOURS = 8;

  private final RelativeLocationSettings settings;
  private final ViewGroup patches;

  public RelativeLocationMethod(ModelSettings model, RelativeLocationSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  public RelativeLocationMethod(
      ModelSettings model, NetworkSpec backbone, RelativeLocationSettings settings) {
    super(NAME, model, backbone, NEIGHBOURS, settings);
    this.settings = settings;
    this.patches = ViewGroup.patchGrid("patches", settings.patches(), model.preprocessing());
  }

  @Override
  public String bestLayer() {
    return "layer2";
  }

  @Override
  public Map<String, ?> architecture() {
    return Map.of("headHidden", settings.headHidden());
  }

  @Override
  public Tensor views(Pass pass) {
    return pass.view(patches);
  }

  @Override
  public double[] labels(ImageBatch batch) {
    double[] places = new double[batch.size() * NEIGHBOURS];
    Arrays.setAll(places, i -> i % NEIGHBOURS);
    return places;
  }

  @Override
  public NetworkSpec head(String name, int features) {
    return Heads.mlp(name, 2 * features, settings.headHidden(), NEIGHBOURS);
  }

  /** [images · 9, D] to [images · 8, 2 D]: centre, neighbour. */
  @Override
  public Tensor join(Engine engine, Tensor features) {
    long d = features.size(1);
    Tensor grid = features.reshape(-1, PATCHES, d);
    Tensor centres =
        engine.zeros(grid.size(0), NEIGHBOURS, d).copyIn(grid.slice(1, CENTRE, CENTRE + 1));
    Tensor neighbours =
        engine.concat(1, List.of(grid.slice(1, 0, CENTRE), grid.slice(1, CENTRE + 1, PATCHES)));
    return engine.concat(2, List.of(centres, neighbours)).reshape(-1, 2 * d);
  }

  @Override
  public Tensor split(Engine engine, Tensor gradient) {
    long d = gradient.size(1) / 2;
    Tensor pairs = gradient.reshape(-1, NEIGHBOURS, 2 * d);
    Tensor centre = pairs.slice(2, 0, d).sum(true, 1);
    Tensor neighbours = pairs.slice(2, d, 2 * d);
    return engine
        .concat(
            1,
            List.of(
                neighbours.slice(1, 0, CENTRE), centre, neighbours.slice(1, CENTRE, NEIGHBOURS)))
        .reshape(-1, d);
  }

  /** The mean over an image's nine. */
  @Override
  public Tensor summary(Tensor features) {
    return features.reshape(-1, PATCHES, features.size(1)).mean(false, 1);
  }
}
