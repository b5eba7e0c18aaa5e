package io.millrace.learner.checkpoint;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;

/**
 * Who learns one model together, as the lease record says it. A member's rank is its place in the
 * list, and the first one leads. Nobody joins by any other way than through this record.
 *
 * @param epoch of the lease under which it was formed; a record under another epoch is history
 * @param number counts the groups of a model, from 1
 * @param members ids by rank, the leader first
 * @param rendezvous file in the rendezvous folder by which the members find each other; of this
 *     generation alone
 */
public record Generation(long epoch, long number, List<String> members, String rendezvous) {
  /**
   * @throws IllegalArgumentException without members, or where one is named twice
   */
  public Generation {
    members = List.copyOf(members);
    if (members.isEmpty() || new HashSet<>(members).size() < members.size()) {
      throw new IllegalArgumentException(
          "members are " + members + ": expected one or more, each once");
    }
  }

  /** A member's rank; empty for one that is not of this generation. */
  public OptionalInt rank(String member) {
    int at = members.indexOf(member);
    return at < 0 ? OptionalInt.empty() : OptionalInt.of(at);
  }

  /** Who leads. */
  public String leader() {
    return members.get(0);
  }
}
