package io.millrace.learner.compare;

/** Is told how far a method is; called on the thread that learns. */
public interface ComparisonListener {
  /** Told of nothing. */
  ComparisonListener NONE = progress -> {};

  /** After each update. */
  void learned(Progress progress);

  /**
   * How far a method is.
   *
   * @param method its name
   * @param step updates so far
   * @param images stream images so far
   * @param seconds time of learning so far
   * @param spent share of the budget, 0 to 1
   * @param loss of this update
   */
  record Progress(
      String method, long step, long images, double seconds, double spent, double loss) {
    /** Seconds of learning that are left, at the pace so far. */
    public double secondsLeft() {
      return spent > 0 ? Math.max(0, seconds / spent - seconds) : Double.NaN;
    }
  }
}
