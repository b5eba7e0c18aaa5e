package io.millrace.learner.replay;

import io.millrace.learner.random.KeyedRandom;
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
   * @param random draws for this newcomer and no other
   */
  boolean admits(List<ReplayEntry> kept, boolean full, long offered, KeyedRandom random);

  /**
   * Index of the entry that makes room. Asked until the newcomer fits.
   *
   * @param kept entries in the order they came; never empty
   * @param random draws for this newcomer and no other
   */
  int victim(List<ReplayEntry> kept, KeyedRandom random);

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
   * Mean similarity of the entries, or of a sample of them, to their nearest neighbors; NaN where
   * it does not look.
   */
  default double meanNearestSimilarity() {
    return Double.NaN;
  }
}
