package io.millrace.learner.compare;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.evaluate.FrozenProbe;
import io.millrace.learner.evaluate.LayerMetrics;
import io.millrace.learner.evaluate.LayerProbe;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.evaluate.ProbeMetrics;
import io.millrace.learner.evaluate.ShuffledImages;
import io.millrace.learner.group.Shards;
import io.millrace.learner.group.SoleProcess;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.ServedNetwork;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.monitor.Monitors;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.release.AnnealSettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Truncation;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
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
   * @param between called again and again while it probes; what it throws ends the work
   */
  public MethodComparison(
      Engine engine,
      EvalView view,
      ShuffledImages stream,
      @Nullable ProbeImages labeled,
      ComparisonSettings settings,
      InstantSource clock,
      ComparisonListener listener,
      Runnable between) {
    this.engine = engine;
    this.view = view;
    this.stream = stream;
    this.probe =
        labeled == null
            ? null
            : new FrozenProbe(
                engine, view, labeled, settings.k(), settings.linear(), settings.seed(), between);
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
    try (MethodState state = method.initialize(engine);
        var served = new ServedNetwork(method, state);
        var initial = settings.layers() ? whole(method, state) : null) {
      state.distribute(Shards.alone(settings.shards()), new SoleProcess());
      FrozenProbe p = probe;
      ProbeMetrics untrained = p == null ? null : p.of(served.now());
      var first = new Mean();
      Deque<StepReport> last = new ArrayDeque<>();
      long started = clock.millis();
      long step = 0;
      double seconds = 0;
      double spent = 0;
      long aside = 0;
      List<AccuracyPoint> curve = new ArrayList<>();
      var cooling = new Cooling(settings.anneal(), 0, -1);
      while (spent < 1) {
        cooling = cooling.next(method, state, step, spent);
        StepReport report = method.step(batch(step, cooling), state);
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
        seconds = (clock.millis() - started - aside) / 1000.0;
        long images = step * settings.batchSize();
        spent = settings.budget().spent(images, seconds);
        listener.learned(
            new ComparisonListener.Progress(
                method.name(), step, images, seconds, Math.min(1, spent), report.loss()));
        if (p != null
            && curve.size() < settings.probes()
            && spent < 1
            && spent * (settings.probes() + 1) >= curve.size() + 1) {
          long begun = clock.millis();
          curve.add(point(p, served.now(), images, step, seconds));
          aside += clock.millis() - begun;
        }
      }
      long images = step * settings.batchSize();
      Map<String, Double> metrics = monitors(method, state, step);
      FrozenProbe.Frozen seen = p == null ? null : p.see(served.now());
      return new MethodResult(
          method.name(),
          OutputFeatures.of(served.now().spec()),
          step,
          images,
          seconds,
          images / Math.max(seconds, 1e-3),
          1000 * seconds / step,
          first.value(),
          last.stream().mapToDouble(StepReport::loss).average().orElse(Double.NaN),
          last.stream().mapToDouble(StepReport::skill).average().orElse(Double.NaN),
          untrained,
          seen == null ? null : seen.metrics(),
          seen == null ? null : seen.ofWhitened(method.name(), FrozenProbe.Frozen::metrics),
          metrics,
          curve,
          p == null || initial == null ? List.of() : layers(p, method, state, initial));
    }
  }

  /** A copy of its representation as it is now, with what it folds into that. */
  private Network whole(Method method, MethodState state) {
    Network learned = state.network(method.representation());
    Network out = engine.network(learned.spec());
    Truncation.copy(learned, out);
    if (method.folds()) {
      method.fold(out, engine);
    }
    return out;
  }

  private List<LayerMetrics> layers(
      FrozenProbe labeled, Method method, MethodState state, Network initial) {
    try (Network trained = whole(method, state)) {
      return LayerProbe.of(labeled, trained, initial);
    }
  }

  private static AccuracyPoint point(
      FrozenProbe probe, Network network, long images, long step, double seconds) {
    FrozenProbe.Frozen seen = probe.see(network);
    return new AccuracyPoint(
        images,
        step,
        seconds,
        seen.knn(),
        seen.ofWhitened("update " + step, FrozenProbe.Frozen::knn));
  }

  /** New images, or while it cools down those of an earlier update. */
  private ImageBatch batch(long step, Cooling cooling) {
    if (!cooling.begun()) {
      return stream.batch(step, settings.batchSize());
    }
    long earlier =
        cooling.from() == 0
            ? step
            : KeyedRandom.of(settings.seed(), "compare.anneal", step, 0)
                .nextInt((int) Math.min(Integer.MAX_VALUE, cooling.from()));
    return new ImageBatch(step, stream.batch(earlier, settings.batchSize()).entries());
  }

  /**
   * The end of a budget at a falling rate.
   *
   * @param updates how many the rate falls over, once it has begun
   * @param from the update it began before; −1 where it has not
   */
  private record Cooling(AnnealSettings anneal, int updates, long from) {
    boolean begun() {
      return from >= 0;
    }

    /** Sets the rate of the next update. */
    Cooling next(Method method, MethodState state, long step, double spent) {
      Cooling now = begun() || spent <= 0 ? this : begin(method, state, step, spent);
      if (now.begun()) {
        double left = Math.max(1, now.updates - (step - now.from));
        state.scalar(MethodState.RATE_FACTOR, left / now.updates);
      }
      return now;
    }

    private Cooling begin(Method method, MethodState state, long step, double spent) {
      double all = step / spent; // at the pace so far; exact for a budget of images
      int last = anneal.of(Math.round(all));
      return last > 0 && Math.round(all - step) <= last && method.mayAnneal(state, last)
          ? new Cooling(anneal, last, step)
          : this;
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
