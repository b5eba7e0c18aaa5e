package io.millrace.learner.compare;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.evaluate.FrozenProbe;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.evaluate.ProbeMetrics;
import io.millrace.learner.evaluate.ShuffledImages;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.monitor.Monitors;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.OutputFeatures;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Trains one method after another on the same stream for the same budget and measures each in the
 * same way: one update for each batch, in the stream's order, without replay. Probes and monitors
 * are not counted as learning.
 */
public final class MethodComparison {
  private static final int MEANED = 20;

  private final Engine engine;
  private final EvalView view;
  private final ShuffledImages stream;
  private final @Nullable FrozenProbe probe;
  private final ComparisonSettings settings;
  private final InstantSource clock;
  private final ComparisonListener listener;

  /**
   * @param labeled held-out labeled images; null without any
   * @param clock the time that a budget of time and the rates are measured by
   */
  public MethodComparison(
      Engine engine,
      EvalView view,
      ShuffledImages stream,
      @Nullable ProbeImages labeled,
      ComparisonSettings settings,
      InstantSource clock,
      ComparisonListener listener) {
    this.engine = engine;
    this.view = view;
    this.stream = stream;
    this.probe =
        labeled == null
            ? null
            : new FrozenProbe(
                engine, view, labeled, settings.k(), settings.linear(), settings.seed());
    this.settings = settings;
    this.clock = clock;
    this.listener = listener;
  }

  /** Probes of raw pixels; null without labels. */
  public @Nullable ProbeMetrics pixels() {
    FrozenProbe p = probe;
    return p == null ? null : p.ofPixels();
  }

  /**
   * Trains a method from its initial weights and measures it.
   *
   * @throws IllegalStateException when its loss is not finite
   */
  public MethodResult run(Method method) {
    try (MethodState state = method.initialize(engine)) {
      Network representation = state.network(method.representation());
      FrozenProbe p = probe;
      ProbeMetrics untrained = p == null ? null : p.of(representation);
      var first = new Mean();
      Deque<StepReport> last = new ArrayDeque<>();
      long started = clock.millis();
      long step = 0;
      double seconds = 0;
      double spent = 0;
      while (spent < 1) {
        StepReport report = method.step(stream.batch(step, settings.batchSize()), state);
        step++;
        requireNumber(method, step, report);
        if (step <= MEANED) {
          first.add(report.loss());
        }
        last.addLast(report);
        if (last.size() > MEANED) {
          last.removeFirst();
        }
        engine.synchronize();
        seconds = (clock.millis() - started) / 1000.0;
        long images = step * settings.batchSize();
        spent = settings.budget().spent(images, seconds);
        listener.learned(
            new ComparisonListener.Progress(
                method.name(), step, images, seconds, Math.min(1, spent), report.loss()));
      }
      long images = step * settings.batchSize();
      Map<String, Double> metrics = monitors(method, state, step);
      ProbeMetrics trained = p == null ? null : p.of(representation);
      return new MethodResult(
          method.name(),
          OutputFeatures.of(representation.spec()),
          step,
          images,
          seconds,
          images / Math.max(seconds, 1e-3),
          1000 * seconds / step,
          first.value(),
          last.stream().mapToDouble(StepReport::loss).average().orElse(Double.NaN),
          last.stream().mapToDouble(StepReport::skill).average().orElse(Double.NaN),
          untrained,
          trained,
          metrics);
    }
  }

  private static void requireNumber(Method method, long step, StepReport report) {
    if (!Double.isFinite(report.loss())) {
      throw new IllegalStateException(
          "the loss of "
              + method.name()
              + " at update "
              + step
              + " is "
              + report.loss()
              + " (gradient norm "
              + report.gradientNorm()
              + ")");
    }
  }

  /** The reference set are the stream's first images, the window its latest. */
  private Map<String, Double> monitors(Method method, MethodState state, long step) {
    var monitors = new Monitors(settings.monitor(), engine, view);
    List<PixelImage> reference = stream.first(settings.monitor().referenceImages());
    for (int i = 0; i < reference.size(); i++) {
      monitors.see(new IdentifiedImage("reference-" + i, reference.get(i)));
    }
    int batches = -Math.floorDiv(-settings.monitor().windowImages(), settings.batchSize());
    for (long s = Math.max(0, step - batches); s < step; s++) {
      stream.batch(s, settings.batchSize()).entries().forEach(monitors::see);
    }
    return monitors.metrics(method, state);
  }

  private static final class Mean {
    private double sum;
    private int count;

    void add(double value) {
      sum += value;
      count++;
    }

    double value() {
      return count == 0 ? Double.NaN : sum / count;
    }
  }
}
