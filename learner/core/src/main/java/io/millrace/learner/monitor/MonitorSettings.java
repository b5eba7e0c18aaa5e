package io.millrace.learner.monitor;

/**
 * When and on what monitors are computed.
 *
 * @param everySteps updates between two; 0 for never
 * @param referenceImages images of the fixed reference set: the first of the stream
 * @param windowImages images of the current window: the latest of the stream
 * @param guard when learning counts as collapsed, and what then
 * @param drift when the stream counts as drifted, and what then
 */
public record MonitorSettings(
    int everySteps,
    int referenceImages,
    int windowImages,
    GuardSettings guard,
    DriftSettings drift) {
  public MonitorSettings {
    if (everySteps < 0) {
      throw new IllegalArgumentException("everySteps is " + everySteps + ": expected 0 or more");
    }
    if (referenceImages < 2 || referenceImages > 10_000) {
      throw new IllegalArgumentException(
          "referenceImages is " + referenceImages + ": expected 2 to 10000");
    }
    if (windowImages < 2 || windowImages > 10_000) {
      throw new IllegalArgumentException(
          "windowImages is " + windowImages + ": expected 2 to 10000");
    }
  }

  /** With the default guard; drift is shown only. */
  public MonitorSettings(int everySteps, int referenceImages, int windowImages) {
    this(
        everySteps,
        referenceImages,
        windowImages,
        GuardSettings.defaults(),
        DriftSettings.defaults());
  }

  /** Every 100 updates, on 256 images each. */
  public static MonitorSettings defaults() {
    return new MonitorSettings(100, 256, 256);
  }
}
