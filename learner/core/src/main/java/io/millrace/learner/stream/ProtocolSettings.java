package io.millrace.learner.stream;

/**
 * What protocols ask for; each looks at its own.
 *
 * @param tasks tasks of split, 1 or more
 * @param clipFrames frames that correlated makes of one still image, 1 or more
 * @param driftStrength how far drift's class mix sways, 0 to 1: at 1 classes vanish
 * @param imbalance in drift, how many times more images the largest class has than the smallest; 1
 *     for as they are
 */
public record ProtocolSettings(int tasks, int clipFrames, double driftStrength, double imbalance) {
  public ProtocolSettings {
    if (tasks < 1) {
      throw new IllegalArgumentException("tasks is " + tasks + ": expected 1 or more");
    }
    if (clipFrames < 1 || clipFrames > 10_000) {
      throw new IllegalArgumentException("clipFrames is " + clipFrames + ": expected 1 to 10000");
    }
    if (!(driftStrength >= 0 && driftStrength <= 1)) {
      throw new IllegalArgumentException("driftStrength is " + driftStrength + ": expected 0 to 1");
    }
    if (!(imbalance >= 1 && imbalance <= 1e6)) {
      throw new IllegalArgumentException("imbalance is " + imbalance + ": expected 1 to 1000000");
    }
  }

  /** 5 tasks, clips of 16 frames, drift at full strength, classes as they are. */
  public static ProtocolSettings defaults() {
    return new ProtocolSettings(5, 16, 1, 1);
  }
}
