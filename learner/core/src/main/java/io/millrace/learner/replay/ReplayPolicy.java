package io.millrace.learner.replay;

import io.millrace.learner.random.Chance;
import java.util.Arrays;
import java.util.List;

/**
 * What to keep of the stream: says which image goes when a new one does not fit. Its choices are a
 * function of the entries and the chance it is given. What it notes beside them it derives from
 * them, so that a restored buffer decides as the one that was saved.
 */
interface ReplayPolicy {
  /**
   * Whether a newcomer gets in. Asked once for each.
   *
   * @param kept entries in the order they came
   * @param full whether another entry would have to go for it
   * @param offered images offered in all, the newcomer among them
   * @param chance draws for this newcomer and no other
   */
  boolean admits(List<ReplayEntry> kept, boolean full, long offered, Chance chance);

  /**
   * Index of the entry that makes room. Asked until the newcomer fits.
   *
   * @param kept entries in the order they came; never empty
   * @param chance draws for this newcomer and no other
   */
  int victim(List<ReplayEntry> kept, Chance chance);

  /** Whether entries should be {@link ReplayBuffer#observe observed} by the representation. */
  default boolean wantsFeatures() {
    return false;
  }

  /**
   * Groups for features that were just seen.
   *
   * @param kept entries in the order they came
   * @param features of unit length
   * @return a group for each feature, or -1 for none
   */
  default int[] groups(List<ReplayEntry> kept, List<float[]> features) {
    int[] none = new int[features.size()];
    Arrays.fill(none, -1);
    return none;
  }

  /** Notes an entry that came, or one whose feature or group changed. */
  default void noted(ReplayEntry entry) {}

  /** Notes that an entry left. */
  default void left(ReplayEntry entry) {}

  /**
   * Mean similarity of the entries, or of a sample of them, to their nearest neighbours; NaN where
   * it does not look.
   */
  default double meanNearestSimilarity() {
    return Double.NaN;
  }

  /** A policy for one buffer; a new one is one more constant and one more line. */
  static ReplayPolicy of(ReplaySettings settings) {
    return switch (settings.policy()) {
      case FIFO -> new Fifo();
      case RESERVOIR -> new Reservoir();
      case MINIMUM_REDUNDANCY -> new MinimumRedundancy();
      case CENTROID_BALANCE -> new CentroidBalance(settings.groups());
      case AGE_LIMIT -> new AgeLimit(settings.images(), settings.maxAge());
      case NONE -> new NothingKept();
    };
  }
}
