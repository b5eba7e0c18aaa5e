package io.millrace.learner.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * The right to write a model's checkpoints, held by one learner at a time. Taking it fences the
 * holder before: its next {@link #confirm} throws, so no checkpoint of it is renamed into place
 * from then on. A checkpoint whose rename was already under way carries a lower epoch than anything
 * the new holder saves, and the {@link Lineage} refuses it even before that.
 */
public interface WriterLease extends AutoCloseable {
  /**
   * The lease as it is, and who held it; this takes it from nobody. It may have to wait until the
   * broker aborts what a killed holder left open; {@link #acquire} aborts it at once.
   */
  Lineage look();

  /**
   * Takes the lease, before any checkpoint is looked at.
   *
   * @param highestSeen the highest epoch among the checkpoints on disk, 0 without any
   * @return the new epoch, above {@code highestSeen} and every epoch granted before, the history,
   *     and the step as of the record before
   */
  Lineage acquire(long highestSeen);

  /**
   * Puts on record which checkpoint this holder goes on from, null for none.
   *
   * @throws FencedException when another learner holds the lease
   */
  void adopt(String store, @Nullable CheckpointName checkpoint);

  /**
   * Makes sure that this holder still has the lease. Called right before a checkpoint of {@code
   * step} is renamed into place.
   *
   * @throws FencedException when another learner holds it
   */
  void confirm(long step);

  /**
   * Puts on record who learns under this holder's epoch.
   *
   * @throws FencedException when another learner holds the lease
   */
  void form(Generation generation);

  @Override
  void close();
}
