package io.millrace.learner.evaluate;

import io.millrace.learner.optim.Optimizer;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * Multinomial logistic regression on frozen features, by SGD (Zhang, Isola and Efros 2016; settings
 * of {@link LinearProbeSettings}). Each dimension is first brought to mean 0 and deviation 1 over
 * the labeled images, so that one rate suits every method. Weights start at 0 and the order of the
 * images is drawn from the seed: the same features give the same metric.
 */
public final class LinearProbe {
  private static final int RATE_BATCH = 256;
  private static final int QUERIES_AT_ONCE = 1024;

  private final Engine engine;
  private final LinearProbeSettings settings;
  private final long seed;
  private final Runnable between;

  public LinearProbe(Engine engine, LinearProbeSettings settings, long seed) {
    this(engine, settings, seed, () -> {});
  }

  /**
   * @param between called before each pass over the images; what it throws ends the work
   */
  LinearProbe(Engine engine, LinearProbeSettings settings, long seed, Runnable between) {
    this.engine = engine;
    this.settings = settings;
    this.seed = seed;
    this.between = between;
  }

  /**
   * Trains on the bank and tells the classes of the queries.
   *
   * @param labels classes of the bank from 0 on
   * @throws IllegalArgumentException when lengths differ
   */
  public Accuracy accuracy(
      Features bank, List<Integer> labels, Features queries, List<Integer> queryLabels) {
    return accuracy(List.of(bank), labels, queries, queryLabels);
  }

  /**
   * Trains on several views of the bank, which passes over it take in turn, and tells the classes
   * of the queries.
   *
   * @param views features of the same images in the same order, one or more; the first one scales
   *     the dimensions
   * @param labels classes of the bank from 0 on
   * @throws IllegalArgumentException when lengths differ
   */
  Accuracy accuracy(
      List<Features> views, List<Integer> labels, Features queries, List<Integer> queryLabels) {
    Features bank = views.get(0);
    if (bank.dim() != queries.dim()
        || bank.rows() != labels.size()
        || bank.rows() == 0
        || queries.rows() != queryLabels.size()) {
      throw new IllegalArgumentException(
          "a linear probe on "
              + bank.rows()
              + " features of length "
              + bank.dim()
              + " with "
              + labels.size()
              + " labels, asked about "
              + queries.rows()
              + " of length "
              + queries.dim()
              + " with "
              + queryLabels.size());
    }
    int classes = 1 + Math.max(most(labels), most(queryLabels));
    var scaling = Standardization.of(bank);
    try (Network head = engine.network(Heads.linear("probe", bank.dim(), classes))) {
      train(head, views.stream().map(scaling::apply).toList(), labels, classes);
      return Accuracy.of(logits(head, scaling.apply(queries), classes), classes, queryLabels);
    }
  }

  private void train(Network head, List<Features> views, List<Integer> labels, int classes) {
    int n = labels.size();
    int batch = Math.min(settings.batchSize(), n);
    long steps = (long) settings.epochs() * ((n + batch - 1) / batch);
    double peak = settings.learningRate() * batch / RATE_BATCH;
    Optimizer sgd =
        OptimizerSettings.defaults().withWeightDecay(settings.weightDecay()).optimizer();
    try (var scope = engine.scope()) {
      List<Tensor> all =
          views.stream().map(view -> engine.tensor(view.values(), n, view.dim())).toList();
      Tensor t = OneHot.of(engine, labels, classes);
      Tensor velocity = engine.zeros(head.layout().parameterCount());
      long step = 0;
      for (int epoch = 0; epoch < settings.epochs(); epoch++) {
        between.run();
        Tensor x = all.get(epoch % all.size());
        int[] order = KeyedRandom.of(seed, "probe.order", epoch, 0).permutation(n);
        for (int from = 0; from < n; from += batch, step++) {
          try (var inner = engine.scope()) {
            long[] rows = rows(order, from, Math.min(n, from + batch));
            HeadLoss.accumulate(head, x.select(0, rows), t.select(0, rows), false);
            sgd.update(
                head.parameters(),
                head.gradients(),
                List.of(velocity),
                head.layout(),
                CosineSchedule.cosine(peak, step, steps),
                step);
            head.clearGradients();
          }
        }
      }
    }
  }

  private float[] logits(Network head, Features queries, int classes) {
    float[] all = new float[queries.rows() * classes];
    for (int from = 0; from < queries.rows(); from += QUERIES_AT_ONCE) {
      int to = Math.min(queries.rows(), from + QUERIES_AT_ONCE);
      try (var scope = engine.scope();
          Activations out =
              head.forward(
                  engine.tensor(queries.rows(from, to).values(), to - from, queries.dim()),
                  Mode.EVAL)) {
        System.arraycopy(out.output().toFloats(), 0, all, from * classes, (to - from) * classes);
      }
    }
    return all;
  }

  private static long[] rows(int[] order, int from, int to) {
    long[] rows = new long[to - from];
    for (int i = from; i < to; i++) {
      rows[i - from] = order[i];
    }
    return rows;
  }

  private static int most(List<Integer> labels) {
    return labels.stream().mapToInt(Integer::intValue).max().orElse(0);
  }
}
