package io.millrace.learner.method.settings;

/**
 * Another method's loss on the same backbone, beside the method's own, each through heads of its
 * own:
 *
 * <pre>
 * L = v(u) · L_own + w(u) · L_mix
 * p(u) = 0 up to {@code from}, rising linearly to 1 at {@code until}; u counts updates
 * w = (1 − p) · weight + p · lastWeight,   v = p with {@code handOver}, else 1
 * </pre>
 *
 * A term is not computed while its weight is 0. Its teacher is then, until it wakes, a copy of the
 * student.
 *
 * @param method name of the other method; empty for none. Whether there is such a method is checked
 *     by {@code Methods}, which knows them
 * @param weight of its loss up to {@code from}, or for ever where {@code until} is 0; 0 to 1000
 * @param lastWeight of its loss from {@code until} on, 0 to 1000
 * @param from updates after which its weight begins to change, 0 or more
 * @param until updates after which its weight has changed, over {@code from}; 0 for a weight that
 *     stays
 * @param handOver whether the method's own loss has no weight up to {@code from} and its full
 *     weight only from {@code until} on
 */
public record MixSettings(
    String method, double weight, double lastWeight, long from, long until, boolean handOver) {
  public MixSettings {
    Checks.weight("weight", weight, 1000);
    Checks.weight("lastWeight", lastWeight, 1000);
    if (from < 0) {
      throw new IllegalArgumentException("from is " + from + ": expected 0 or more");
    }
    if (until != 0 && until <= from) {
      throw new IllegalArgumentException(
          "until is " + until + ": expected over from (" + from + "), or 0");
    }
    if (until == 0 && (handOver || from > 0)) {
      throw new IllegalArgumentException(
          "until is 0: expected over from (" + from + ") where the weight changes");
    }
    if (weight == 0 && (until == 0 || lastWeight == 0 || handOver)) {
      throw new IllegalArgumentException("weight is 0: expected over 0, nothing would be mixed in");
    }
  }

  /** None; a weight of 1 that stays. */
  public static MixSettings defaults() {
    return new MixSettings("", 1, 0, 0, 0, false);
  }

  /** Another method's loss first, the own from {@code until} on, both between. */
  public static MixSettings warmStart(String method, long from, long until) {
    return new MixSettings(method, 1, 0, from, until, true);
  }

  public boolean active() {
    return !method.isEmpty();
  }

  /** w, the other loss's weight. */
  public double weight(long updates) {
    double p = progress(updates);
    return (1 - p) * weight + p * lastWeight;
  }

  /** v, the own loss's weight. */
  public double ownWeight(long updates) {
    return handOver ? progress(updates) : 1;
  }

  /** Whether a loss that has no weight now will have one. */
  public boolean wakes(long updates) {
    return progress(updates) < 1;
  }

  private double progress(long updates) {
    return until == 0 ? 0 : Math.min(1, Math.max(0, (double) (updates - from) / (until - from)));
  }
}
