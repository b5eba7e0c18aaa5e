package io.millrace.learner.membership;

import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.WriterLease;
import org.jspecify.annotations.Nullable;

/** A lease that was taken before the work began. Closing it is the taker's. */
record HeldLease(WriterLease taken, Lineage lineage) implements WriterLease {
  @Override
  public Lineage look() {
    return lineage;
  }

  @Override
  public Lineage acquire(long highestSeen) {
    return lineage;
  }

  @Override
  public void adopt(String store, @Nullable CheckpointName checkpoint) {
    taken.adopt(store, checkpoint);
  }

  @Override
  public void confirm(long step) {
    taken.confirm(step);
  }

  @Override
  public void form(Generation generation) {
    taken.form(generation);
  }

  @Override
  public void close() {}
}
