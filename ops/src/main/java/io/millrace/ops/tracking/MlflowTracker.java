package io.millrace.ops.tracking;

import io.millrace.ingest.threads.DaemonThreads;
import io.millrace.learner.evaluate.KnnMetrics;
import io.millrace.learner.loop.LearnerState;
import io.millrace.learner.loop.LearnerStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells MLflow what the learner reports. {@link #offer} never waits; all requests are made on a
 * thread of its own, which retries after 1 s up to a minute and never ends by itself.
 */
public final class MlflowTracker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MlflowTracker.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final long FIRST_PAUSE_MILLIS = 1_000;
  private static final long LONGEST_PAUSE_MILLIS = 60_000;
  private static final long RELEASES_EVERY_MILLIS = 30_000;

  /** For what waits when the process ends. */
  private static final Duration END = Duration.ofSeconds(15);

  /** What names of metrics may not have. */
  private static final Pattern NOT_ALLOWED = Pattern.compile("[^\\w./ -]");

  private final MlflowConfig config;
  private final MlflowApi api;
  private final String model;
  private final Map<String, String> parameters;
  private final Supplier<TrackedReleases> releases;
  private final TrackingMetrics metrics;
  private final InstantSource clock;
  private final PointQueue queue;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread = DaemonThreads.named("mlflow", this::run);

  // Of who offers.
  private long nextOffer;
  private final Map<String, Double> latest = new TreeMap<>();
  private volatile @Nullable LearnerState learner;

  // Of the tracker's thread.
  private MlflowRegistry registry;
  private String refusal = "";
  private @Nullable MlflowRun open;
  private List<TrackedPoint> sending = List.of();
  private long nextReleases;
  private int failures;

  /**
   * @param config one that is on
   * @param environment where MLflow's own variables are looked up
   * @param parameters the configuration by key, without secrets
   * @param releases asked now and then, on the tracker's thread
   */
  public MlflowTracker(
      MlflowConfig config,
      Map<String, String> environment,
      String model,
      Map<String, String> parameters,
      Supplier<TrackedReleases> releases,
      TrackingMetrics metrics,
      InstantSource clock) {
    this.config = config;
    this.api = new MlflowApi(config, environment, ANSWER);
    this.model = model;
    this.parameters = Map.copyOf(parameters);
    this.releases = releases;
    this.metrics = metrics;
    this.clock = clock;
    this.queue = new PointQueue(config.queue());
    this.registry = newRegistry();
  }

  private MlflowRegistry newRegistry() {
    return new MlflowRegistry(api, model, config.filesUri());
  }

  /** Begins to send. */
  public MlflowTracker start() {
    thread.start();
    return this;
  }

  /**
   * Takes a point where one is due, on one thread. Of values that come seldom, such as kNN, those
   * that have changed.
   */
  public void offer(LearnerStatus status) {
    learner = status.state();
    long now = clock.millis();
    if (status.step() == 0 || now < nextOffer) {
      return;
    }
    nextOffer = now + config.every().toMillis();
    var values = new TreeMap<String, Double>();
    values.put("loss", status.loss());
    values.put("skill", status.skill());
    values.put("imagesPerSecond", status.imagesPerSecond());
    values.put("images", (double) status.counters().applied());
    values.put("learningRate", status.learningRate());
    values.put("teacherMomentum", status.teacherMomentum());
    status
        .monitors()
        .forEach((name, value) -> values.put(NOT_ALLOWED.matcher(name).replaceAll("_"), value));
    KnnMetrics knn = status.knn();
    if (knn != null) {
      values.put("knn", knn.trained());
      values.put("knnUntrained", knn.untrained());
      values.put("knnRaw", knn.raw());
    }
    values.values().removeIf(value -> !Double.isFinite(value));
    values.entrySet().removeIf(entry -> entry.getValue().equals(latest.get(entry.getKey())));
    latest.putAll(values);
    if (!values.isEmpty()) {
      int dropped = queue.add(new TrackedPoint(status.step(), now, values));
      if (dropped > 0) {
        metrics.dropped(dropped, false);
      }
    }
  }

  /** Sends what waits and ends the run, where the server answers; takes 15 s at most. */
  @Override
  public void close() {
    stop.countDown();
    try {
      thread.join(END.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread.interrupt();
  }

  private void run() {
    try {
      long pause = 0;
      while (!stop.await(pause, TimeUnit.MILLISECONDS)) {
        pause = tryOnce() ? config.every().toMillis() : pauseAfter(failures);
      }
      if (failures == 0 && tryOnce()) {
        end();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    int left = sending.size() + queue.clear();
    if (left > 0) {
      metrics.dropped(left, false);
      log.warn("{} points were not sent to {} before the end", left, config.uri());
    }
  }

  private static long pauseAfter(int failures) {
    return Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(failures - 1, 10));
  }

  /** Whether all that waited is sent. */
  private boolean tryOnce() throws InterruptedException {
    try {
      send();
      if (failures > 0) {
        log.info("{} answers again", config.uri());
      }
      failures = 0;
      return true;
    } catch (IOException | RuntimeException e) {
      if (failures++ == 0) {
        log.warn("MLflow at {} can't be told, trying again: {}", config.uri(), e.toString());
      } else {
        log.debug("MLflow at {}, failure {}", config.uri(), failures, e);
      }
      // Somebody may have removed the run or the model: the next try looks for them again.
      if (e instanceof MlflowException refused && refused.is("RESOURCE_DOES_NOT_EXIST")) {
        open = null;
        registry = newRegistry();
      }
      return false;
    }
  }

  private void send() throws IOException, InterruptedException {
    more();
    if (open == null && sending.isEmpty()) {
      // A learner that stands by leaves the run to the one that learns.
      return;
    }
    MlflowRun run = open;
    if (run == null) {
      run = MlflowRun.open(api, config.experiment(), model, parameters, clock.millis());
      open = run;
      log.info("run {} of {} at {}", run.id(), config.experiment(), config.uri());
    }
    for (; !sending.isEmpty(); more()) {
      try {
        run.log(sending);
      } catch (MlflowException e) {
        if (e.blamesTheRequest()) {
          metrics.dropped(sending.size(), true);
          sending = List.of();
          open = null;
        }
        throw e;
      }
      sending = List.of();
    }
    if (clock.millis() >= nextReleases || stop.getCount() == 0) {
      register(run);
      nextReleases = clock.millis() + RELEASES_EVERY_MILLIS;
    }
  }

  /** Releases that can't be read, or that the registry refuses, keep no metrics back. */
  private void register(MlflowRun run) throws IOException, InterruptedException {
    try {
      registry.update(releases.get(), run);
      refusal = "";
    } catch (MlflowException e) {
      if (!e.blamesTheRequest()) {
        throw e;
      }
      notRegistered(e);
    } catch (RuntimeException e) {
      notRegistered(e);
    }
  }

  private void notRegistered(Exception why) {
    if (!refusal.equals(why.toString())) {
      refusal = why.toString();
      log.warn("releases are not registered, next try in 30 s: {}", refusal);
    }
  }

  private void more() {
    if (sending.isEmpty()) {
      sending = queue.take(MlflowRun.MOST_METRICS);
    }
  }

  private void end() throws InterruptedException {
    MlflowRun run = open;
    if (run != null) {
      try {
        run.end(learner == LearnerState.FAILED ? "FAILED" : "FINISHED", clock.millis());
      } catch (IOException e) {
        log.warn("the run {} can't be ended: {}", run.id(), e.toString());
      }
    }
  }
}
