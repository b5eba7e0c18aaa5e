package io.millrace.learner.loop;

import io.millrace.learner.evaluate.KnnFigures;
import io.millrace.learner.tensor.EngineInfo;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the learner knows of a run's summary, under the names of the summary file.
 *
 * @param applied distinct stream images taken in
 * @param skippedDuplicates records the feed skipped because their bytes were taken in lately
 * @param steps updates made
 * @param imagesPerSecond images learned from (replay among them) per second, over the latest
 *     seconds
 * @param lossFirst mean of the first 20 updates; null before the first
 * @param lossLast mean of the latest 20 updates
 * @param skillFirst 1 − loss ÷ loss of an uninformed prediction, mean of the first 20 updates
 * @param skillLast the same of the latest 20
 * @param monitors latest figures by name
 * @param knn accuracy in percent; null without labels
 * @param releases releases published by this run
 * @param checkpoints checkpoints saved by this run
 * @param engine engine and its version
 * @param device where it computed
 * @param precision arithmetic
 * @param seed the learner's seed
 */
public record SessionSummary(
    long applied,
    long skippedDuplicates,
    long steps,
    @Nullable Double imagesPerSecond,
    @Nullable Double lossFirst,
    @Nullable Double lossLast,
    @Nullable Double skillFirst,
    @Nullable Double skillLast,
    Map<String, Double> monitors,
    @Nullable KnnFigures knn,
    long releases,
    long checkpoints,
    String engine,
    String device,
    String precision,
    long seed) {
  /** Of a learner's last status. */
  public static SessionSummary of(LearnerStatus status, EngineInfo engine, long seed) {
    return new SessionSummary(
        status.applied(),
        status.duplicates(),
        status.step(),
        known(status.imagesPerSecond()),
        known(status.lossFirst()),
        known(status.loss()),
        known(status.skillFirst()),
        known(status.skill()),
        status.monitors(),
        status.knn(),
        status.releases(),
        status.checkpoints(),
        engine.engine() + " " + engine.version(),
        engine.device(),
        engine.precision().name().toLowerCase(java.util.Locale.ROOT),
        seed);
  }

  private static @Nullable Double known(double figure) {
    return Double.isFinite(figure) ? figure : null;
  }
}
