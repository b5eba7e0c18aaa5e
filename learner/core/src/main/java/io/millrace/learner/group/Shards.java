package io.millrace.learner.group;

/**
 * Which logical shards of a batch a process computes: blocks of neighbors, so that the order of
 * shards is the order of ranks.
 *
 * @param count shards of the model, which never changes
 * @param size processes of the group
 * @param rank this one, from 0
 */
public record Shards(int count, int size, int rank) {
  public Shards {
    if (size < 1 || size > count) {
      throw new IllegalArgumentException(
          "a group of "
              + size
              + " processes: expected 1 to learner.shards ("
              + count
              + "), each computes one shard or more");
    }
    if (rank < 0 || rank >= size) {
      throw new IllegalArgumentException(
          "rank is " + rank + ": expected 0 to " + (size - 1) + " in a group of " + size);
    }
  }

  /** All shards in this process. */
  public static Shards alone(int count) {
    return new Shards(count, 1, 0);
  }

  /** The first shard of this process. */
  public int from() {
    return from(rank);
  }

  /** The shard after its last. */
  public int to() {
    return from(rank + 1);
  }

  /** How many it computes, one or more. */
  public int local() {
    return to() - from();
  }

  /** The first shard of a rank; for the number of ranks, the number of shards. */
  public int from(int ofRank) {
    return (int) ((long) ofRank * count / size);
  }

  /** The rank that computes a shard. */
  public int owner(int shard) {
    int owner = 0;
    while (from(owner + 1) <= shard) {
      owner++;
    }
    return owner;
  }
}
