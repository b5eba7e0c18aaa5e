package io.millrace.learner.checkpoint;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A checkpoint's place in the order of all of a model's checkpoints.
 *
 * @param epoch the writer's epoch, from its {@link WriterLease}
 * @param step updates made
 * @param sequence checkpoints of this epoch and step before it: the place in the log moves on
 *     without an update where only duplicates and tombstones come
 */
public record CheckpointName(long epoch, long step, long sequence)
    implements Comparable<CheckpointName> {
  private static final Pattern FORM =
      Pattern.compile("checkpoint-(\\d{10})-(\\d{15})(?:-(\\d{9}))?");
  private static final Comparator<CheckpointName> ORDER =
      Comparator.comparingLong(CheckpointName::epoch)
          .thenComparingLong(CheckpointName::step)
          .thenComparingLong(CheckpointName::sequence);

  /** The first of its epoch and step. */
  public CheckpointName(long epoch, long step) {
    this(epoch, step, 0);
  }

  /** The name of this directory, if it is a checkpoint's. */
  public static Optional<CheckpointName> parse(String directory) {
    var match = FORM.matcher(directory);
    return match.matches()
        ? Optional.of(
            new CheckpointName(
                Long.parseLong(match.group(1)),
                Long.parseLong(match.group(2)),
                match.group(3) == null ? 0 : Long.parseLong(match.group(3))))
        : Optional.empty();
  }

  @Override
  public int compareTo(CheckpointName other) {
    return ORDER.compare(this, other);
  }

  /** The next of the same epoch and step. */
  CheckpointName next() {
    return new CheckpointName(epoch, step, sequence + 1);
  }

  /** The directory's name; the first of its epoch and step goes without the sequence. */
  @Override
  public String toString() {
    String first = String.format("checkpoint-%010d-%015d", epoch, step);
    return sequence == 0 ? first : String.format("%s-%09d", first, sequence);
  }
}
