package io.millrace.learner.membership;

import java.util.Comparator;

/**
 * What a process says of itself, every {@link GroupSettings#heartbeat()}.
 *
 * @param model whose learner it is
 * @param member its id, new at each start and after each takeover
 * @param host where it runs
 * @param startedAt milliseconds since 1970 as of which it is a member: the eldest leads
 * @param state what it does
 * @param leads whether it holds, or will take again, the lease
 * @param epoch of the lease or generation it works under; 0 before
 * @param generation number of the generation it works in; 0 outside of any
 * @param shards learner.shards of its configuration
 * @param fingerprint hash of what must be the same in all of them: build, method, settings
 * @param step updates of the model
 * @param computeSeconds time spent computing in this generation
 * @param waitSeconds time spent in collectives in this generation
 */
public record Heartbeat(
    String model,
    String member,
    String host,
    long startedAt,
    State state,
    boolean leads,
    long epoch,
    long generation,
    int shards,
    String fingerprint,
    long step,
    double computeSeconds,
    double waitSeconds) {
  /** Elders first. */
  static final Comparator<Heartbeat> ELDEST =
      Comparator.comparingLong(Heartbeat::startedAt).thenComparing(Heartbeat::member);

  /** What a member does. */
  public enum State {
    /** Wants to be in the next group. */
    SEEKING,
    /** Learns in a group. */
    WORKING,
    /** Wants out: the group ends in order without it. */
    LEAVING,
    /** Was told to stop, or failed: counts as gone at once. */
    GONE
  }

  /** Whether both can learn in one group. */
  boolean fits(Heartbeat other) {
    return shards == other.shards && fingerprint.equals(other.fingerprint);
  }
}
