package io.millrace.learner.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;

/**
 * How far learning has come, and the counts that go on over restarts: one value from the loop to
 * the checkpoint's manifest and to the status.
 *
 * @param step updates made
 * @param pendingUpdates updates from replay that the last batch's budget still allows; files call
 *     it {@code owed}
 * @param counters what was counted
 * @param released step of the latest release; −1 before the first
 * @param firstLosses the first updates' losses, in order
 * @param lastLosses the latest updates' losses, in order
 * @param firstSkills the first updates' skills
 * @param lastSkills the latest updates' skills
 * @param unhealthy whether the monitors were out of the guard's bounds when it was saved
 */
public record LearnerProgress(
    long step,
    @JsonProperty("owed") int pendingUpdates,
    @JsonUnwrapped TrainingCounters counters,
    long released,
    List<Double> firstLosses,
    List<Double> lastLosses,
    List<Double> firstSkills,
    List<Double> lastSkills,
    boolean unhealthy) {
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
        0, 0, TrainingCounters.none(), -1, List.of(), List.of(), List.of(), List.of(), false);
  }
}
