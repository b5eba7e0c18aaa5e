package io.millrace.learner.evaluate;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Runs images through a network in EVAL mode, some at a time. */
public final class FeatureExtractor {
  private static final int CHUNK = 128;

  /** Pixels of 224 × 224 are 600 kB for each image: a baseline has no need of them. */
  private static final int PIXELS_SIDE = 32;

  private final Engine engine;
  private final EvalView view;
  private final Runnable between;

  public FeatureExtractor(Engine engine, EvalView view) {
    this(engine, view, () -> {});
  }

  /**
   * @param between called before each batch of images; what it throws ends the work
   */
  public FeatureExtractor(Engine engine, EvalView view, Runnable between) {
    this.engine = engine;
    this.view = view;
    this.between = between;
  }

  /** The network's output for each image; feature maps are averaged over height and width. */
  public Features features(Network network, List<PixelImage> images) {
    return run(images, (from, chunk) -> output(network, view.of(engine, chunk)));
  }

  /**
   * The same of a random view of each image.
   *
   * @param views one of each image
   * @param pass number of the draw: each has other views
   */
  Features features(
      Network network, List<PixelImage> images, ViewGroup views, long pass, long seed) {
    return run(
        images,
        (from, chunk) -> {
          List<String> ids =
              IntStream.range(from, from + chunk.size()).mapToObj(Integer::toString).toList();
          try (Tensor x = views.of(engine, new PixelBatch(engine, chunk), ids, pass, seed)) {
            return output(network, x);
          }
        });
  }

  /**
   * What the network would be given, in a square of at most 32 pixels, flat: the baseline of raw
   * pixels.
   */
  public Features pixels(List<PixelImage> images) {
    EvalView small = view.atMost(PIXELS_SIDE);
    return run(images, (from, chunk) -> small.of(engine, chunk));
  }

  /**
   * Of each tapped stage in the order of their names, and of the output, in one pass; maps are
   * averaged over height and width.
   */
  Map<String, Features> layers(Network network, List<PixelImage> images) {
    List<String> names =
        Stream.concat(network.spec().taps().stream().sorted(), Stream.of(Activations.OUTPUT))
            .toList();
    int[] dims = new int[names.size()];
    Features all =
        run(images, (from, chunk) -> layers(network, names, view.of(engine, chunk), dims));
    var out = new LinkedHashMap<String, Features>();
    int from = 0;
    for (int i = 0; i < dims.length; i++) {
      out.put(names.get(i), all.columns(from, from + dims[i]));
      from += dims[i];
    }
    return out;
  }

  private Tensor layers(Network network, List<String> names, Tensor x, int[] dims) {
    try (Activations activations = network.forward(x, Mode.EVAL)) {
      List<Tensor> averaged = names.stream().map(name -> averaged(activations.tap(name))).toList();
      for (int i = 0; i < dims.length; i++) {
        dims[i] = (int) averaged.get(i).shape()[1];
      }
      return engine.concat(1, averaged);
    }
  }

  private static Tensor output(Network network, Tensor x) {
    try (Activations activations = network.forward(x, Mode.EVAL)) {
      return averaged(activations.output()).copy();
    }
  }

  private static Tensor averaged(Tensor out) {
    return out.shape().length == 4 ? out.mean(false, 2, 3) : out;
  }

  /** What some of the images, the first of them the one of that number, are turned into. */
  private interface Step {
    Tensor of(int from, List<PixelImage> chunk);
  }

  private Features run(List<PixelImage> images, Step step) {
    float[] all = new float[0];
    int dim = 0;
    for (int from = 0; from < images.size(); from += CHUNK) {
      between.run();
      // A copy: an element may be decoded each time it is asked for.
      List<PixelImage> chunk =
          List.copyOf(images.subList(from, Math.min(images.size(), from + CHUNK)));
      try (var scope = engine.scope()) {
        float[] some = step.of(from, chunk).toFloats();
        dim = some.length / chunk.size();
        if (from == 0) {
          all = new float[Math.multiplyExact(images.size(), dim)];
        }
        System.arraycopy(some, 0, all, from * dim, some.length);
      }
    }
    return new Features(images.size(), dim, all);
  }
}
