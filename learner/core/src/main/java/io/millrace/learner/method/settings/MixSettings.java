package io.millrace.learner.method.settings;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

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
 */
public record MixSettings(
    @Doc("name of the other method; empty for none") String method,
    @Doc("of its loss up to from, or always where until is 0") @Range(min = 0, max = 1000)
        double weight,
    @Doc("of its loss from until on") @Range(min = 0, max = 1000) double lastWeight,
    @Doc("updates after which its weight begins to change") @Range(min = 0) long from,
    @Doc("updates after which its weight has changed, over from; 0 for a weight that " + "stays")
        @Range(min = 0)
        long until,
    @Doc(
            "whether the method's own loss has no weight up to from and its full weight "
                + "only from until on")
        boolean handOver) {
  public MixSettings {
    Allowed.check(MixSettings.class, method, weight, lastWeight, from, until, handOver);
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
