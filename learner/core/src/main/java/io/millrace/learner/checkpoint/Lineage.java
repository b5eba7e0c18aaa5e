package io.millrace.learner.checkpoint;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who went on from what: it tells the checkpoints of the one line of succession from those that a
 * fenced learner left behind.
 *
 * @param epoch the current holder's epoch
 * @param adoptions what each holder before went on from, in order of epochs
 */
public record Lineage(long epoch, List<Adoption> adoptions) {
  private static final int REMEMBERED = 256;

  /**
   * A holder's start.
   *
   * @param epoch the holder's epoch
   * @param store which checkpoint directory this is about, by its id
   * @param checkpoint the checkpoint it restored; null when it found none and began anew
   */
  public record Adoption(long epoch, String store, @Nullable CheckpointName checkpoint) {}

  public Lineage {
    adoptions = List.copyOf(adoptions);
  }

  /**
   * Whether a checkpoint may be restored: every later holder in this store went on from it or from
   * one after it.
   */
  public boolean admits(String store, CheckpointName name) {
    return adoptions.stream()
        .filter(adoption -> adoption.epoch() > name.epoch() && adoption.store().equals(store))
        .allMatch(
            adoption ->
                adoption.checkpoint() != null && name.compareTo(adoption.checkpoint()) <= 0);
  }

  /** This lineage with the current holder's start put on record. */
  public Lineage adopted(String store, @Nullable CheckpointName checkpoint) {
    var all = new ArrayList<>(adoptions);
    all.removeIf(adoption -> adoption.epoch() == epoch);
    all.add(new Adoption(epoch, store, checkpoint));
    return new Lineage(epoch, all.subList(Math.max(0, all.size() - REMEMBERED), all.size()));
  }
}
