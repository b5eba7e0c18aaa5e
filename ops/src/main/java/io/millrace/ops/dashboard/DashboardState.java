package io.millrace.ops.dashboard;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What the page shows: the newest status, metrics over time, the newest images. */
public final class DashboardState {
  private static final int POINTS = 720;
  private static final int SHOWN = 24;
  private static final int KEPT = 400;
  private static final Duration SAVE_EVERY = Duration.ofMinutes(1);

  private final AtomicReference<Status> status;
  private final History history = new History(POINTS);
  private volatile @Nullable HistoryFile historyFile;
  private volatile @Nullable Instant savedAt;
  private final ThumbnailCache images = new ThumbnailCache(SHOWN, KEPT);

  /**
   * @param first shown until the first {@link #update}
   */
  public DashboardState(Status first) {
    status = new AtomicReference<>(first);
  }

  /**
   * Goes on with the history that this process has in a folder, and keeps it there each minute.
   *
   * @param folder exists; other processes may keep theirs there
   * @param roles what the process runs
   * @param instance its name among those with the same roles
   */
  public void keepHistory(Path folder, List<String> roles, String instance, Instant now) {
    var kept = new HistoryFile(HistoryFiles.own(folder, roles, instance, now));
    kept.restore(history);
    historyFile = kept;
  }

  /** Keeps the history now, such as when the process ends. */
  public void saveHistory() {
    HistoryFile kept = historyFile;
    if (kept != null) {
      kept.save(history);
    }
  }

  /** Takes over a new status and adds its metrics to the history. */
  public void update(Status now) {
    status.set(now);
    history.add(now.at().toEpochMilli() / 1000.0, metrics(now));
    Instant last = savedAt;
    if (last == null || now.at().isAfter(last.plus(SAVE_EVERY))) {
      savedAt = now.at();
      saveHistory();
    }
  }

  /** The newest status. */
  public Status status() {
    return status.get();
  }

  /** Metrics over time. */
  History history() {
    return history;
  }

  /** The newest accepted images. */
  public ThumbnailCache images() {
    return images;
  }

  /**
   * The metrics of a status that are drawn over time, to six digits; monitors under {@code
   * monitor.NAME}. What is not finite is skipped.
   */
  static Map<String, Double> metrics(Status status) {
    Map<String, Double> out = exactly(status);
    out.values().removeIf(value -> !Double.isFinite(value));
    out.replaceAll((name, value) -> History.rounded(value));
    return out;
  }

  private static Map<String, Double> exactly(Status status) {
    var out = new TreeMap<String, Double>();
    Status.Stream stream = status.stream();
    if (stream != null) {
      out.put("acceptedPerSecond", stream.acceptedPerSecond());
      out.put("ingestLag", (double) stream.ingestLag());
    }
    Status.Learner learner = status.learner();
    if (learner != null) {
      out.put("learnedPerSecond", learner.imagesPerSecond());
      Long lag = learner.lag();
      if (lag != null) {
        out.put("lag", (double) lag);
      }
      if (learner.steps() > 0) {
        out.put("loss", learner.loss());
        out.put("skill", learner.skill());
        out.put("learningRate", learner.learningRate());
        out.put("teacherMomentum", learner.teacherMomentum());
      }
      learner.monitors().forEach((name, value) -> out.put("monitor." + name, value));
    }
    Status.Serving serving = status.serving();
    if (serving != null) {
      out.put("embeddedPerSecond", serving.imagesPerSecond());
      Long lag = serving.lag();
      if (lag != null) {
        out.put("servingLag", (double) lag);
      }
    }
    return out;
  }
}
