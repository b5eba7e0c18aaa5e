package io.millrace.learner.replay;

import io.millrace.learner.random.Chance;
import java.util.List;

/**
 * What to keep of the stream: says which image goes when a new one does not fit. Pure: everything
 * that changes is in its arguments, so that a restored buffer decides as the one that was saved.
 */
interface ReplayPolicy {
  /** Name in the configuration. */
  String name();

  /**
   * Whether a newcomer that does not fit gets in at another's cost. Asked once for each.
   *
   * @param kept entries in the order they came; never empty
   * @param offered images offered in all, the newcomer among them
   * @param chance draws for this newcomer and no other
   */
  boolean admits(List<ReplayEntry> kept, long offered, Chance chance);

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
   * The policy of this name.
   *
   * @throws IllegalArgumentException naming the policies there are
   */
  static ReplayPolicy named(String name) {
    List<ReplayPolicy> all = List.of(new Fifo(), new Reservoir());
    return all.stream()
        .filter(policy -> policy.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "policy is '"
                        + name
                        + "': expected one of "
                        + all.stream().map(ReplayPolicy::name).toList()));
  }
}
