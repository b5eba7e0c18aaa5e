package io.millrace.learner.evaluate;

import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.Whitening;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Truncation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** kNN and linear probe of networks on one set of labeled images. */
public final class FrozenProbe {
  private static final Logger LOG = LoggerFactory.getLogger(FrozenProbe.class);
  private static final double WHITENING_EPSILON = 1e-3;
  private static final Knn WEIGHTED = new Knn(200, 0.1);
  private static final double[] TEMPERATURES = {0, 0.07};
  private static final int[] NEIGHBORS = {10, 20, 100, 200};

  private final Engine engine;
  private final EvalView view;
  private final FeatureExtractor extractor;
  private final ProbeImages images;
  private final Knn knn;
  private final LinearProbe linear;
  private final long seed;

  /**
   * @param k neighbors of the majority vote
   * @param seed of the linear probe's order
   * @param between called again and again on the way; what it throws ends the work
   */
  public FrozenProbe(
      Engine engine,
      EvalView view,
      ProbeImages images,
      int k,
      LinearProbeSettings settings,
      long seed,
      Runnable between) {
    this.engine = engine;
    this.view = view;
    this.extractor = new FeatureExtractor(engine, view, between);
    this.images = images;
    this.knn = Knn.majority(k);
    this.linear = new LinearProbe(engine, settings, seed, between);
    this.seed = seed;
  }

  /** Of a network's features. */
  public ProbeMetrics of(Network network) {
    return see(network).metrics();
  }

  /** Of raw pixels. */
  public ProbeMetrics ofPixels() {
    return seePixels().metrics();
  }

  /** Looks at raw pixels. */
  public Frozen seePixels() {
    return new Frozen(
        extractor.pixels(images.bank().images()), extractor.pixels(images.queries().images()));
  }

  /** Looks at all images with a network, once for any number of questions. */
  public Frozen see(Network network) {
    return new Frozen(
        extractor.features(network, images.bank().images()),
        extractor.features(network, images.queries().images()));
  }

  /**
   * Looks at all images with every layer of a network that could represent them, by name ({@code
   * model.representation}): each stage, each but the last beside the output, the output.
   */
  Map<String, Frozen> seeLayers(Network network) {
    Map<String, Features> bank = extractor.layers(network, images.bank().images());
    Map<String, Features> queries = extractor.layers(network, images.queries().images());
    var out = new LinkedHashMap<String, Frozen>();
    bank.forEach((name, features) -> out.put(name, new Frozen(features, queries.get(name))));
    Frozen output = Objects.requireNonNull(out.remove(Activations.OUTPUT));
    List<String> stages = List.copyOf(out.keySet());
    for (String stage : stages.subList(0, Math.max(0, stages.size() - 1))) {
      Frozen beside = Objects.requireNonNull(out.get(stage));
      out.put(
          stage + Truncation.AND_OUTPUT,
          new Frozen(output.bank.beside(beside.bank), output.queries.beside(beside.queries)));
    }
    out.put(Activations.OUTPUT, output);
    return out;
  }

  /**
   * Linear probe trained on random views, crops of 0.08 to 1 of the area, mirrored or not (Zhang,
   * Isola and Efros 2016), in percent.
   *
   * @param seen what the network makes of the images as they are
   * @param views drawn of each labeled image; passes over the images take them in turn
   */
  public double augmentedLinear(Network network, Frozen seen, int views) {
    Preprocessing preprocessing = view.preprocessing();
    ViewGroup crops =
        ViewGroup.crops(
            "probe", ViewSettings.plain(0.08).withSize(preprocessing.size()), preprocessing);
    var drawn = new ArrayList<Features>();
    for (int pass = 0; pass < views; pass++) {
      drawn.add(extractor.features(network, images.bank().images(), crops, pass, seed));
    }
    return linear
        .accuracy(drawn, images.bank().labels(), seen.queries, images.queries().labels())
        .top1();
  }

  /** A network's features of the labeled images. */
  public final class Frozen {
    private final Features bank;
    private final Features queries;

    private Frozen(Features bank, Features queries) {
      this.bank = bank;
      this.queries = queries;
    }

    /** How many features there are. */
    int dim() {
      return bank.dim();
    }

    /** The same features PCA-whitened, as fitted on the bank's ({@link Whitening}). */
    private Frozen whitened() {
      Whitening whitening =
          Whitening.fit(bank.values(), bank.rows(), bank.dim(), 0, WHITENING_EPSILON);
      return new Frozen(whitened(whitening, bank), whitened(whitening, queries));
    }

    private static Features whitened(Whitening whitening, Features features) {
      return new Features(features.rows(), whitening.out(), whitening.apply(features.values()));
    }

    /**
     * A metric of the whitened features; null, with a warning, where they can't be whitened: a
     * collapsed network has all of them equal.
     *
     * @param of what the warning calls them
     */
    public <T> @Nullable T ofWhitened(String of, Function<Frozen, T> measure) {
      try {
        return measure.apply(whitened());
      } catch (IllegalArgumentException e) {
        LOG.warn("{}: {}", of, e.getMessage());
        return null;
      }
    }

    /** kNN alone, in percent. */
    public double knn() {
      return knn.accuracy(engine, bank, images.bank().labels(), queries, images.queries().labels());
    }

    /** kNN and linear probe. */
    public ProbeMetrics metrics() {
      List<Integer> labels = images.bank().labels();
      List<Integer> asked = images.queries().labels();
      Accuracy probed = linear.accuracy(bank, labels, queries, asked);
      return new ProbeMetrics(
          knn(),
          WEIGHTED.accuracy(engine, bank, labels, queries, asked),
          probed.top1(),
          probed.top5());
    }

    /**
     * kNN by plain votes and weighted with temperature 0.07, as papers report it (Wu et al. 2018),
     * each over 10, 20, 100 and 200 neighbors, in percent.
     */
    public Map<Knn, Double> sweep() {
      var out = new LinkedHashMap<Knn, Double>();
      for (double temperature : TEMPERATURES) {
        for (int neighbors : NEIGHBORS) {
          var asked = new Knn(neighbors, temperature);
          out.put(
              asked,
              asked.accuracy(
                  engine, bank, images.bank().labels(), queries, images.queries().labels()));
        }
      }
      return out;
    }

    /**
     * kNN among the classes of each task alone, in percent.
     *
     * @param taskOf the task of each class, from 0 on
     * @throws IllegalArgumentException where no labeled image is of a task's classes
     */
    public List<Double> knnByTask(int[] taskOf) {
      var out = new ArrayList<Double>();
      for (int task = 0; task <= Arrays.stream(taskOf).max().orElse(-1); task++) {
        int[] here = rows(images.bank().labels(), taskOf, task);
        int[] asked = rows(images.queries().labels(), taskOf, task);
        if (here.length == 0 || asked.length == 0) {
          throw new IllegalArgumentException(
              "task "
                  + (task + 1)
                  + " has "
                  + here.length
                  + " labeled images to search and "
                  + asked.length
                  + " to ask about: expected one or more of each");
        }
        out.add(
            knn.accuracy(
                engine,
                bank.select(here),
                labels(images.bank().labels(), here),
                queries.select(asked),
                labels(images.queries().labels(), asked)));
      }
      return out;
    }

    private static int[] rows(List<Integer> labels, int[] taskOf, int task) {
      return IntStream.range(0, labels.size()).filter(i -> taskOf[labels.get(i)] == task).toArray();
    }

    private static List<Integer> labels(List<Integer> all, int[] rows) {
      return Arrays.stream(rows).mapToObj(all::get).toList();
    }
  }
}
