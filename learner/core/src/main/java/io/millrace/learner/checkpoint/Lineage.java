package io.millrace.learner.checkpoint;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who went on from what: it tells the checkpoints of the one line of succession from those that a
 * fenced learner left behind.
 *
 * @param epoch the current holder's epoch
 * @param adoptions what each holder before went on from, in order of epochs
 * @param step updates as of the latest record; 0 at chance level to be learned
 * @param generation the group that was formed last, perhaps under an epoch before; null without any
 */
public record Lineage(
    long epoch,
    List<Adoption> adoptions,
    @JsonIgnore long step,
    @JsonIgnore @Nullable Generation generation) {
  private static final int REMEMBERED = 256;

  /**
   * A holder's start.
   *
   * @param epoch the holder's epoch
   * @param store which checkpoint directory this is about, by its id
   * @param checkpoint the checkpoint it restored; null when it found none and began anew
   */
  public record Adoption(long epoch, String store, @Nullable CheckpointName checkpoint) {
    private boolean admits(CheckpointName name) {
      return epoch <= name.epoch() || checkpoint != null && name.compareTo(checkpoint) <= 0;
    }
  }

  public Lineage {
    adoptions = List.copyOf(adoptions);
  }

  /** With nothing known to be learned. */
  public Lineage(long epoch, List<Adoption> adoptions) {
    this(epoch, adoptions, 0, null);
  }

  /** The same as of a step. */
  public Lineage at(long learned) {
    return new Lineage(epoch, adoptions, learned, generation);
  }

  /** The same under another epoch: what was formed before it is no longer in force. */
  public Lineage under(long other) {
    return new Lineage(other, adoptions, step, generation);
  }

  /** The same with a group. */
  public Lineage formed(@Nullable Generation group) {
    return new Lineage(epoch, adoptions, step, group);
  }

  /** The group that learns under this epoch; empty for a learner by itself, and until it forms. */
  public Optional<Generation> inForce() {
    return Optional.ofNullable(generation).filter(group -> group.epoch() == epoch);
  }

  /** The number of the group that forms next. */
  public long nextGeneration() {
    return generation == null ? 1 : generation.number() + 1;
  }

  /**
   * Why a model must not begin anew in a store that has no checkpoint: something was learned, and
   * in another store. Empty where nothing was.
   */
  public Optional<String> forbidsBeginning(String store) {
    if (step == 0 || adoptions.isEmpty()) {
      return Optional.empty();
    }
    Adoption last = adoptions.get(adoptions.size() - 1);
    return last.store().equals(store)
        ? Optional.empty()
        : Optional.of("was at step %d in store %s (epoch %d)".formatted(step, last.store(), epoch));
  }

  /**
   * Whether a checkpoint may be restored: every later holder in this store went on from it or from
   * one after it.
   */
  public boolean admits(String store, CheckpointName name) {
    return adoptions.stream()
        .filter(adoption -> adoption.store().equals(store))
        .allMatch(adoption -> adoption.admits(name));
  }

  /**
   * The same of a place where checkpoints of every store come together: every later holder in any
   * store went on from it or from one after it.
   */
  public boolean admits(CheckpointName name) {
    return adoptions.stream().allMatch(adoption -> adoption.admits(name));
  }

  /** This lineage with the current holder's start put on record. */
  public Lineage adopted(String store, @Nullable CheckpointName checkpoint) {
    var all = new ArrayList<>(adoptions);
    all.removeIf(adoption -> adoption.epoch() == epoch);
    all.add(new Adoption(epoch, store, checkpoint));
    return new Lineage(
        epoch,
        all.subList(Math.max(0, all.size() - REMEMBERED), all.size()),
        checkpoint == null ? 0 : checkpoint.step(),
        generation);
  }
}
