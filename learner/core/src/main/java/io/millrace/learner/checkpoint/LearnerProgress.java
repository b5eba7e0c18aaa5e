package io.millrace.learner.checkpoint;

import com.fasterxml.jackson.annotation.JsonAlias;
import java.util.List;

/**
 * How far learning has come, and the counts that go on over restarts: one value from the loop to
 * the checkpoint and to the status. A checkpoint's manifest holds it under these names and, where
 * one was renamed, under its old name.
 *
 * @param step updates made
 * @param pendingUpdates updates from replay that the last batch's budget still allows
 * @param applied stream images taken in, each counted once
 * @param duplicates records skipped because their bytes were taken in lately
 * @param gaps records that retention removed before they were read
 * @param undecodable accepted images that did not decode here
 * @param forgotten images that tombstones named
 * @param released step of the latest release; −1 before the first
 * @param firstLosses the first updates' losses, in order
 * @param lastLosses the latest updates' losses, in order
 * @param firstSkills the first updates' skills
 * @param lastSkills the latest updates' skills
 * @param skipped updates left out because their loss or gradient was no finite number
 * @param unhealthy whether the monitors were out of the guard's bounds when it was saved
 * @param shortened batches that got fewer updates than they could, because the learner was behind
 * @param drifts how often the stream was found to have drifted
 */
public record LearnerProgress(
    long step,
    @JsonAlias("owed") int pendingUpdates,
    long applied,
    long duplicates,
    long gaps,
    long undecodable,
    long forgotten,
    long released,
    List<Double> firstLosses,
    List<Double> lastLosses,
    List<Double> firstSkills,
    List<Double> lastSkills,
    long skipped,
    boolean unhealthy,
    long shortened,
    long drifts) {
  public LearnerProgress {
    firstLosses = List.copyOf(firstLosses);
    lastLosses = List.copyOf(lastLosses);
    firstSkills = List.copyOf(firstSkills);
    lastSkills = List.copyOf(lastSkills);
  }

  /** Mean loss of the latest updates; NaN before the first. */
  public double loss() {
    return mean(lastLosses);
  }

  /** Mean loss of the model's first updates; NaN before the first. */
  public double lossFirst() {
    return mean(firstLosses);
  }

  /** Mean skill of the latest updates; NaN before the first. */
  public double skill() {
    return mean(lastSkills);
  }

  /** Mean skill of the model's first updates; NaN before the first. */
  public double skillFirst() {
    return mean(firstSkills);
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  /** Before the first update. */
  public static LearnerProgress none() {
    return new LearnerProgress(
        0, 0, 0, 0, 0, 0, 0, -1, List.of(), List.of(), List.of(), List.of(), 0, false, 0, 0);
  }
}
