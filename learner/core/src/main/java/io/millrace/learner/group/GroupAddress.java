package io.millrace.learner.group;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where the processes of one generation of a group meet.
 *
 * @param rendezvous folder that all of them see; they meet in a file of their generation in it
 * @param group name of the group, such as the model's
 * @param generation counts up with each new group; a file is used by one generation alone
 * @param rank this process, from 0
 * @param size how many there are
 * @param timeout after which a rank that does not come breaks the group
 * @param backend what carries the exchange
 */
public record GroupAddress(
    Path rendezvous,
    String group,
    long generation,
    int rank,
    int size,
    Duration timeout,
    GroupBackend backend) {
  public GroupAddress {
    if (rank < 0 || rank >= size) {
      throw new IllegalArgumentException("rank is " + rank + ": expected 0 to " + (size - 1));
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("the group's timeout is " + timeout + ": expected over 0");
    }
  }

  /** The file of this generation. */
  public Path file() {
    return rendezvous.resolve(prefix(group) + generation);
  }

  /** What the names of a group's files begin with, before the number of the generation. */
  public static String prefix(String group) {
    return group.replaceAll("[^A-Za-z0-9._-]", "_") + "-";
  }

  @Override
  public String toString() {
    return "rank " + rank + " of " + size + ", generation " + generation + " of " + group;
  }
}
