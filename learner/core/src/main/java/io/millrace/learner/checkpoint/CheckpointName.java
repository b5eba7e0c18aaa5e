package io.millrace.learner.checkpoint;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A checkpoint's place in the order of all of a model's checkpoints.
 *
 * @param epoch the writer's epoch, from its {@link WriterLease}
 * @param step updates made
 */
public record CheckpointName(long epoch, long step) implements Comparable<CheckpointName> {
  private static final Pattern FORM = Pattern.compile("checkpoint-(\\d{10})-(\\d{15})");
  private static final Comparator<CheckpointName> ORDER =
      Comparator.comparingLong(CheckpointName::epoch).thenComparingLong(CheckpointName::step);

  /** The name of this directory, if it is a checkpoint's. */
  static Optional<CheckpointName> parse(String directory) {
    var match = FORM.matcher(directory);
    return match.matches()
        ? Optional.of(
            new CheckpointName(Long.parseLong(match.group(1)), Long.parseLong(match.group(2))))
        : Optional.empty();
  }

  @Override
  public int compareTo(CheckpointName other) {
    return ORDER.compare(this, other);
  }

  /** The directory's name. */
  @Override
  public String toString() {
    return String.format("checkpoint-%010d-%015d", epoch, step);
  }
}
