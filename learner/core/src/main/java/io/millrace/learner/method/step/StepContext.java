package io.millrace.learner.method.step;

import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.group.ShardedNetworks;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One update on its way: the batch, the views made of it, what was computed so far. Tensors made
 * meanwhile belong to the scope the update runs in; views are closed with the pass.
 */
public final class StepContext implements AutoCloseable {
  private static final String LOSS = "loss";
  private static final String CHANCE_LEVEL = "uninformedLoss";

  private final ImageBatch batch;
  private final MethodState state;
  private final long seed;
  private final double weight;
  private final Exchange exchange;
  private final Stopwatch watch;
  private final StepMetrics metrics = new StepMetrics();
  private final Map<String, Double> counts = new LinkedHashMap<>();
  private final Map<String, Tensor> kept = new LinkedHashMap<>();
  private final List<Tensor> views = new ArrayList<>();
  private final Map<String, StepContext> parts = new LinkedHashMap<>();
  private @Nullable PixelBatch pixels;
  private @Nullable Tensor features;
  private float @Nullable [] featuresOfShards;

  public StepContext(ImageBatch batch, MethodState state, long seed, double weight) {
    this.batch = batch;
    this.state = state;
    this.seed = seed;
    this.weight = weight;
    this.exchange = Exchange.NONE;
    this.watch = new Stopwatch();
  }

  private StepContext(StepContext whole, MethodState state, double weight) {
    this.batch = whole.batch;
    this.state = state;
    this.seed = whole.seed;
    this.weight = whole.weight * weight;
    this.exchange = whole.exchange;
    this.pixels = whole.state.distributed() == null ? whole.pixels() : null;
    this.watch = whole.watch;
  }

  /** One shard's part of a batch. */
  private StepContext(StepContext whole, ImageBatch ofShard, ShardedNetworks networks, int local) {
    this.batch = ofShard;
    this.state = whole.state.onNetworks(networks.networks(local));
    this.seed = whole.seed;
    this.weight = whole.weight;
    this.exchange = new ShardExchange(whole.engine(), networks, local);
    this.watch = whole.watch;
  }

  /**
   * Runs the part of an update that computes gradients: on the whole batch, or, where the state is
   * {@linkplain MethodState#distribute distributed}, once on each shard that this process computes.
   * Afterwards the state's networks hold the gradients of the whole batch, and this context the
   * metrics. Runs on this thread or others, one after the other.
   *
   * @param work the same for each; what depends on the whole batch goes by {@link #evaluate},
   *     {@link #gather}, {@link #mean}, {@link #once} and {@link #settled}
   */
  public void onShards(Consumer<StepContext> work) {
    ShardedNetworks networks = state.distributed();
    if (networks == null) {
      work.accept(this);
      return;
    }
    List<ImageBatch> batches = batch.split(networks.shards().local());
    var results = new ArrayList<Map<String, Double>>();
    var seen = new ArrayList<float[]>();
    networks.begin();
    try {
      networks
          .team()
          .run(
              local -> {
                try (Scope scope = engine().scope();
                    var shard = new StepContext(this, batches.get(local), networks, local)) {
                  work.accept(shard);
                  shard.gatherParts();
                  results.add(shard.metrics.fetch(engine()));
                  Tensor of = shard.features;
                  if (of != null) {
                    seen.add(of.toFloats());
                  }
                  if (local == networks.team().size() - 1) {
                    takeOver(shard, scope);
                  }
                  shard.once(() -> true); // no tensor goes before the last shard is done with it
                }
              });
      networks.settle();
    } catch (RuntimeException | Error e) {
      networks.abandon();
      throw e;
    }
    takeMeans(results, networks);
    featuresOfShards = seen.isEmpty() ? null : joined(seen);
  }

  /** What the last shard keeps for after the update, which is the same in all of them. */
  private void takeOver(StepContext shard, Scope scope) {
    counts.putAll(shard.counts);
    shard.kept.forEach((name, tensor) -> kept.put(name, own(scope.keep(tensor))));
    for (var entry : shard.parts.entrySet()) {
      StepContext theirs = entry.getValue();
      var part = new StepContext(this, state.likePart(theirs.state), theirs.weight / weight);
      theirs.kept.forEach((name, tensor) -> part.kept.put(name, part.own(scope.keep(tensor))));
      parts.put(entry.getKey(), part);
    }
  }

  private void takeMeans(List<Map<String, Double>> results, ShardedNetworks networks) {
    List<Tensor> values = new ArrayList<>();
    for (Map<String, Double> of : results) {
      double[] row = of.values().stream().mapToDouble(Double::doubleValue).toArray();
      values.add(engine().tensor(row, row.length));
    }
    double[] sums = networks.collectives().sum(networks.shards(), values).toDoubles();
    int i = 0;
    for (String name : results.get(0).keySet()) {
      double mean = sums[i++] / networks.shards().count();
      metrics.add(name, engine().tensor(new double[] {mean}, 1));
    }
  }

  private static float[] joined(List<float[]> rows) {
    float[] all = new float[rows.stream().mapToInt(row -> row.length).sum()];
    int at = 0;
    for (float[] row : rows) {
      System.arraycopy(row, 0, all, at, row.length);
      at += row.length;
    }
    return all;
  }

  /** Images of the whole batch, of which {@link #batch} may be a shard. */
  public int images() {
    ShardedNetworks networks = state.distributed();
    return networks == null
        ? batch.size() * exchange.shards()
        : batch.size() / networks.shards().local() * networks.shards().count();
  }

  /** Place of the first image of {@link #batch} in the whole batch. */
  public int firstImage() {
    return batch.size() * exchange.shard();
  }

  /**
   * Loss over the whole batch and the gradients of this batch's rows.
   *
   * @param inputs with the images' rows in dimension 0, those of one image adjacent
   * @param shared names of inputs that are no rows of images but the same for every image
   */
  public LossAndGradients evaluate(
      Objective objective, Map<String, Tensor> inputs, String... shared) {
    return exchange.evaluate(objective, inputs, Set.of(shared));
  }

  /** Rows [n, …] of this batch's images as those of the whole batch's. */
  public Tensor gather(Tensor rows) {
    return exchange.gather(rows);
  }

  /** A mean over this batch, of any shape, as that over the whole batch. */
  public Tensor mean(Tensor ofBatch) {
    return exchange.mean(ofBatch);
  }

  /** Changes something that all shards share, such as the state, once. */
  public <R extends @Nullable Object> R once(Supplier<R> work) {
    return exchange.once(work);
  }

  /** The same once the state's networks hold the gradients of the whole batch. */
  public <R extends @Nullable Object> R settled(Supplier<R> work) {
    return exchange.settled(work);
  }

  /**
   * The pass of one of several methods that share this update. It is closed with this one, and its
   * metrics but loss and chance-level loss are reported with this one's, after a prefix; so are its
   * features, where they are the first.
   *
   * @param weight of the method's loss, beside the weight of this pass
   */
  public StepContext part(String prefix, MethodState partState, double partWeight) {
    var part = new StepContext(this, partState, partWeight);
    parts.put(prefix, part);
    return part;
  }

  /** Whether a part of this prefix has been begun. */
  public boolean hasPart(String prefix) {
    return parts.containsKey(prefix);
  }

  /** The part of this prefix. */
  public StepContext part(String prefix) {
    return Objects.requireNonNull(parts.get(prefix), prefix);
  }

  public ImageBatch batch() {
    return batch;
  }

  public MethodState state() {
    return state;
  }

  public Engine engine() {
    return state.engine();
  }

  public long seed() {
    return seed;
  }

  public PixelBatch pixels() {
    PixelBatch there = pixels;
    if (there == null) {
      there = new PixelBatch(state.engine(), batch.images());
      pixels = there;
    }
    return there;
  }

  /** A group's views of the batch, [images · views, 3, size, size]. */
  public Tensor view(ViewGroup group) {
    return own(group.of(engine(), pixels(), batch.ids(), batch.step(), seed));
  }

  /** Takes over a view [N, 3, H, W] that is in no scope: it is closed with this. */
  public Tensor own(Tensor view) {
    views.add(view);
    return view;
  }

  /** Records the time since the last mark under a phase. */
  public void markPhase(String phase) {
    watch.markPhase(phase);
  }

  /** Records the loss: a scalar, of this method alone, without the weight. */
  public void loss(Tensor loss) {
    metric(LOSS, loss);
  }

  /**
   * Requires a loss that is a number, before anything is updated by it. Waits for the device.
   *
   * @throws NonFiniteUpdateException where it is none; all gradients are cleared then
   */
  public void requireFiniteLoss() {
    requireFinite(LOSS, "the loss");
  }

  /** The same of another loss that was recorded as a metric. */
  public void requireFinite(String metric, String words) {
    double value = metrics.value(metric);
    if (!Double.isFinite(value)) {
      state.networks().values().forEach(Network::clearGradients);
      throw new NonFiniteUpdateException(words, value);
    }
  }

  /** The loss as recorded, a scalar. */
  public Tensor loss() {
    return metrics.scalar(LOSS);
  }

  /** The chance-level loss as recorded, a scalar. */
  public Tensor chanceLevelLoss() {
    Double constant = counts.get(CHANCE_LEVEL);
    return constant == null
        ? metrics.scalar(CHANCE_LEVEL)
        : engine().tensor(new double[] {constant}, 1);
  }

  /** Records the chance-level loss, a scalar, where it depends on the batch. */
  public void chanceLevel(Tensor loss) {
    metric(CHANCE_LEVEL, loss);
  }

  /** Records the chance-level loss, where it is a constant. */
  public void chanceLevel(double loss) {
    count(CHANCE_LEVEL, loss);
  }

  /**
   * Records the representation's features of the batch: its deviation is a monitor, and replay may
   * want the features themselves.
   *
   * @param output [images · views, dimension], the views of one image adjacent; the first counts
   */
  public void features(Tensor output) {
    metric("batchFeatureStd", StepMetrics.featureDeviation(output));
    int views = (int) (output.size(0) / batch.size());
    features =
        views == 1
            ? output.copy()
            : output.reshape(batch.size(), views, output.size(1)).slice(1, 0, 1).copy();
  }

  /** Records a scalar on the device; all are fetched together at the end. */
  public void metric(String name, Tensor scalar) {
    metrics.add(name, scalar);
  }

  /** Records all metrics of an objective. */
  public void metrics(LossAndGradients evaluated) {
    evaluated.metrics().forEach(metrics::add);
  }

  /** Records a metric the host knows. */
  public void count(String name, double value) {
    counts.put(name, value);
  }

  /** The objective's gradient by this name, of the input's shape, times this update's weight. */
  public Tensor gradient(LossAndGradients evaluated, String name) {
    Tensor gradient = evaluated.gradients().get(name);
    if (gradient == null) {
      throw new IllegalArgumentException(
          "no gradient '" + name + "'; there are " + evaluated.gradients().keySet());
    }
    return weighted(gradient);
  }

  /** A gradient of any shape times this update's weight. */
  public Tensor weighted(Tensor gradient) {
    return weight == 1 ? gradient : gradient.mul(weight);
  }

  /** Keeps a tensor of any shape for after the update. */
  public void keep(String name, Tensor tensor) {
    kept.put(name, tensor);
  }

  /** What was kept under this name, as it was given. */
  public Tensor kept(String name) {
    return Objects.requireNonNull(kept.get(name), name);
  }

  /** Whether something was kept under this name. */
  public boolean keeps(String name) {
    return kept.containsKey(name);
  }

  /** The update's account. */
  public StepReport report(double rate, double teacherMomentum) {
    gatherParts();
    Map<String, Double> values = metrics.fetch(engine());
    values.putAll(counts);
    watch.markPhase("ema");
    Tensor seen = features;
    return new StepReport(
        taken(values, LOSS),
        taken(values, CHANCE_LEVEL),
        taken(values, "gradientNorm"),
        rate,
        teacherMomentum,
        images(),
        values,
        watch.nanos(),
        seen == null ? featuresOfShards : seen.toFloats());
  }

  /** Takes the parts' metrics, and their features where there are none. */
  private void gatherParts() {
    for (var part : parts.entrySet()) {
      metrics.addAll(part.getKey(), part.getValue().metrics, Set.of(LOSS, CHANCE_LEVEL));
      part.getValue()
          .counts
          .forEach(
              (name, value) -> {
                if (!name.equals(CHANCE_LEVEL)) {
                  counts.put(part.getKey() + name, value);
                }
              });
      features = features == null ? part.getValue().features : features;
    }
  }

  private static double taken(Map<String, Double> values, String name) {
    Double value = values.remove(name);
    if (value == null) {
      throw new IllegalStateException("the method recorded no " + name);
    }
    return value;
  }

  @Override
  public void close() {
    parts.values().forEach(StepContext::close);
    views.forEach(Tensor::close);
    views.clear();
  }
}
