package io.millrace.learner.method.step;

import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
  private final PixelBatch pixels;
  private final Stopwatch watch;
  private final StepMetrics metrics = new StepMetrics();
  private final Map<String, Double> counts = new LinkedHashMap<>();
  private final Map<String, Tensor> kept = new LinkedHashMap<>();
  private final List<Tensor> views = new ArrayList<>();
  private final Map<String, StepContext> parts = new LinkedHashMap<>();
  private @Nullable Tensor features;

  public StepContext(ImageBatch batch, MethodState state, long seed, double weight) {
    this.batch = batch;
    this.state = state;
    this.seed = seed;
    this.weight = weight;
    this.pixels = new PixelBatch(state.engine(), batch.images());
    this.watch = new Stopwatch();
  }

  private StepContext(StepContext whole, MethodState state, double weight) {
    this.batch = whole.batch;
    this.state = state;
    this.seed = whole.seed;
    this.weight = whole.weight * weight;
    this.pixels = whole.pixels;
    this.watch = whole.watch;
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
    return pixels;
  }

  /** A group's views of the batch, [images · views, 3, size, size]. */
  public Tensor view(ViewGroup group) {
    return own(group.of(engine(), pixels, batch.ids(), batch.step(), seed));
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
    Tensor seen = features;
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
      seen = seen == null ? part.getValue().features : seen;
    }
    Map<String, Double> values = metrics.fetch(engine());
    values.putAll(counts);
    watch.markPhase("ema");
    return new StepReport(
        taken(values, LOSS),
        taken(values, CHANCE_LEVEL),
        taken(values, "gradientNorm"),
        rate,
        teacherMomentum,
        batch.size(),
        values,
        watch.nanos(),
        seen == null ? null : seen.toFloats());
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
