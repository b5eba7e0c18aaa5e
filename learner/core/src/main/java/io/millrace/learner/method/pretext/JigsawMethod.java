package io.millrace.learner.method.pretext;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.task.TilePermutations;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Jigsaw puzzles (Noroozi and Favaro 2016; VISSL): nine tiles are shuffled by one of P orders that
 * differ as much as they can; which? The student sees each tile by itself, the head the features of
 * all nine in the shuffled order.
 */
public final class JigsawMethod extends ClassifyingMethod {
  public static final String NAME = "jigsaw";

  private static final int TILES = TilePermutations.TILES;

  private final JigsawSettings settings;
  private final ViewGroup tiles;
  private final List<int[]> orders;

  public JigsawMethod(ModelSettings model, JigsawSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  public JigsawMethod(ModelSettings model, NetworkSpec backbone, JigsawSettings settings) {
    super(NAME, model, backbone, settings.permutations(), settings);
    this.settings = settings;
    this.tiles = ViewGroup.tiles("tiles", settings.tiles());
    this.orders = TilePermutations.of(settings.permutations());
  }

  @Override
  public String bestLayer() {
    return "layer2";
  }

  @Override
  public Map<String, ?> architecture() {
    return Map.of(
        "permutations", settings.permutations(),
        "headHidden", settings.headHidden());
  }

  @Override
  public Tensor views(StepContext context) {
    double[] labels = labels(context.batch());
    long[] rows = new long[labels.length * TILES];
    for (int i = 0; i < rows.length; i++) {
      int image = i / TILES;
      rows[i] = (long) image * TILES + orders.get((int) labels[image])[i % TILES];
    }
    return context.view(tiles).select(0, rows);
  }

  /** The order of each image's tiles, drawn by (seed, id, step). */
  @Override
  public double[] labels(ImageBatch batch) {
    double[] drawn = new double[batch.size()];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] =
          KeyedRandom.of(seed(), "jigsaw.order", batch.entries().get(i).id(), batch.step())
              .nextInt(orders.size());
    }
    return drawn;
  }

  @Override
  public NetworkSpec head(String name, int features) {
    return Heads.mlp(name, TILES * features, settings.headHidden(), settings.permutations());
  }

  @Override
  public Tensor join(Engine engine, Tensor features) {
    return features.reshape(-1, TILES * features.size(1));
  }

  @Override
  public Tensor split(Engine engine, Tensor gradient) {
    return gradient.reshape(-1, gradient.size(1) / TILES);
  }

  /** The mean over an image's nine. */
  @Override
  public Tensor summary(Tensor features) {
    return features.reshape(-1, TILES, features.size(1)).mean(false, 1);
  }
}
