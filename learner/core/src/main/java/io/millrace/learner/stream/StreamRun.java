package io.millrace.learner.stream;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.evaluate.FrozenProbe;
import io.millrace.learner.evaluate.FrozenProbe.Frozen;
import io.millrace.learner.loop.ReplayMix;
import io.millrace.learner.loop.StreamImage;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.method.ServedNetwork;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.UpdateRollback;
import io.millrace.learner.monitor.Monitors;
import io.millrace.learner.replay.ReplayBuffer;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.tensor.Engine;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One method going once through one stream, as the learner does: a batch of the stream, filled up
 * from replay, then updates from replay. Measured on the way; measuring is not counted as learning.
 * Used once, by one thread.
 */
public final class StreamRun {
  private final Engine engine;
  private final EvalView view;
  private final @Nullable FrozenProbe probe;
  private final int[] taskOf;
  private final StreamRunSettings settings;
  private final InstantSource clock;
  private final StreamListener listener;
  private final List<StreamPoint> points = new ArrayList<>();
  private final Map<String, Double> metrics = new HashMap<>();
  private long updates;
  private int skippedInARow;
  private double lossSum;
  private int losses;
  private long learned;
  private long learnedFresh;
  private double lastLoss = Double.NaN;

  /**
   * @param probe asks held-out labeled images; null without any
   * @param taskOf the task of each class; empty without tasks
   * @param clock the time that rates and a budget of time are measured by
   */
  public StreamRun(
      Engine engine,
      EvalView view,
      @Nullable FrozenProbe probe,
      int[] taskOf,
      StreamRunSettings settings,
      InstantSource clock,
      StreamListener listener) {
    this.engine = engine;
    this.view = view;
    this.probe = probe;
    this.taskOf = taskOf.clone();
    this.settings = settings;
    this.clock = clock;
    this.listener = listener;
  }

  /**
   * Learns from a stream.
   *
   * @param seed of replay's draws and of clips
   * @throws NonFiniteUpdateException when a loss or gradient is not finite in as many updates in a
   *     row as the guard allows; one is skipped and counted
   */
  public StreamMetrics of(
      Method method, StreamSource source, StreamPlan plan, int clipFrames, long seed) {
    try (MethodState state = method.initialize(engine);
        var before = new UpdateRollback(state)) {
      ReplaySettings kept = settings.replay();
      ReplayBuffer replay = kept == null ? null : new ReplayBuffer(kept, seed);
      ReplayMix mix =
          replay == null
              ? null
              : new ReplayMix(
                  replay,
                  settings.batchSize(),
                  engine,
                  view,
                  () -> state.network(method.representation()));
      var monitors = new Monitors(settings.monitor(), engine, view);
      ReplayMix.Update update = (images, fresh) -> update(method, state, before, images, fresh);
      measure(method, state, monitors, replay, 0, 0);
      TreeSet<Integer> due = due(plan);
      var taskPoints = new ArrayList<Integer>();
      double seconds = 0;
      boolean inTime = true;
      int at = 0;
      while (at < plan.size() && inTime) {
        List<StreamPlan.Frame> frames = next(plan, at, mix == null);
        at += frames.size();
        List<IdentifiedImage> images =
            frames.stream().map(frame -> source.image(frame, clipFrames, seed)).toList();
        long started = clock.millis();
        learn(mix, update, images);
        engine.synchronize();
        seconds += (clock.millis() - started) / 1000.0;
        inTime = settings.time() == null || seconds < settings.time().toNanos() / 1e9;
        images.forEach(monitors::see);
        listener.learned(at, updates, lastLoss);
        if (at >= due.first() || !inTime) {
          measure(method, state, monitors, replay, at, seconds);
          for (int end : plan.taskEnds()) {
            if (end <= at && due.contains(end) && taskOf.length > 0) {
              taskPoints.add(points.size() - 1);
            }
          }
          due.headSet(at, true).clear();
        }
      }
      boolean all = taskPoints.size() == plan.taskEnds().size();
      return StreamMetrics.of(points, all ? taskPoints : List.of());
    }
  }

  /**
   * The stream's next frames. A task's last batch may be short; so may the stream's, but without
   * replay no batch is of one image alone: it goes with the batch before.
   */
  private List<StreamPlan.Frame> next(StreamPlan plan, int from, boolean bare) {
    int end = plan.taskEnds().stream().filter(e -> e > from).findFirst().orElse(plan.size());
    int to = Math.min(end, from + settings.streamBatch());
    if (bare && end - to == 1) {
      to = end;
    }
    return plan.frames().subList(from, to);
  }

  private TreeSet<Integer> due(StreamPlan plan) {
    var due = new TreeSet<Integer>();
    for (int i = 1; i <= settings.probes(); i++) {
      due.add((int) Math.max(1, (long) plan.size() * i / settings.probes()));
    }
    if (taskOf.length > 0) {
      due.addAll(plan.taskEnds());
    }
    due.add(plan.size());
    return due;
  }

  private void learn(
      @Nullable ReplayMix mix, ReplayMix.Update update, List<IdentifiedImage> images) {
    if (mix == null) {
      for (int i = 0; i < settings.updatesPerBatch(); i++) {
        update.on(images, images.size());
      }
      return;
    }
    mix.fresh(StreamImage.ofPixels(images), updates, false, update);
    for (int i = 1; i < settings.updatesPerBatch() && mix.canReplay(); i++) {
      mix.replayed(updates, false, update);
    }
  }

  private @Nullable StepReport update(
      Method method,
      MethodState state,
      UpdateRollback before,
      List<IdentifiedImage> images,
      int fresh) {
    StepReport report;
    before.take();
    try {
      report = method.step(new ImageBatch(updates, images), state);
    } catch (NonFiniteUpdateException e) {
      before.restore();
      updates++;
      metrics.merge("skippedUpdates", 1.0, Double::sum);
      if (++skippedInARow >= settings.monitor().guard().maxSkipped()) {
        throw e;
      }
      return null;
    }
    skippedInARow = 0;
    if (!Double.isFinite(report.loss())) {
      throw new IllegalStateException(
          "the loss of " + method.name() + " at update " + updates + " is " + report.loss());
    }
    updates++;
    lastLoss = report.loss();
    lossSum += lastLoss;
    losses++;
    metrics.putAll(report.metrics());
    metrics.put("gradientNorm", report.gradientNorm());
    learnedFresh += fresh;
    learned += images.size();
    return report;
  }

  private void measure(
      Method method,
      MethodState state,
      Monitors monitors,
      @Nullable ReplayBuffer replay,
      long images,
      double seconds) {
    Map<String, Double> computed = new HashMap<>(metrics);
    if (learned > 0) {
      computed.put("replayFreshShare", (double) learnedFresh / learned);
    }
    computed.putAll(monitors.metrics(method, state));
    if (replay != null) {
      computed.putAll(replay.health().metrics());
    }
    FrozenProbe p = probe;
    Frozen frozen = p == null ? null : seen(p, method, state);
    points.add(
        new StreamPoint(
            images,
            updates,
            seconds,
            losses == 0 ? Double.NaN : lossSum / losses,
            frozen == null ? null : frozen.metrics(),
            frozen == null || taskOf.length == 0 ? List.of() : frozen.knnByTask(taskOf),
            computed));
    lossSum = 0;
    losses = 0;
    learned = 0;
    learnedFresh = 0;
  }

  private static Frozen seen(FrozenProbe probe, Method method, MethodState state) {
    try (var served = new ServedNetwork(method, state)) {
      return probe.see(served.now());
    }
  }
}
