package io.millrace.learner.membership;

import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.WriterLease;
import org.jspecify.annotations.Nullable;

/** The leader's lease as a follower has it: it may read what the leader goes on from, no more. */
record FollowersLease(Lineage lineage) implements WriterLease {
  @Override
  public Lineage look() {
    return lineage;
  }

  @Override
  public Lineage acquire(long highestSeen) {
    return lineage;
  }

  /** The leader has put it on record. */
  @Override
  public void adopt(String store, @Nullable CheckpointName checkpoint) {}

  @Override
  public void confirm(long step) {
    throw new FencedException(
        "a follower under epoch " + lineage.epoch() + " must not save step " + step);
  }

  @Override
  public void form(Generation generation) {
    throw new FencedException("a follower must not form generation " + generation.number());
  }

  @Override
  public void close() {}
}
