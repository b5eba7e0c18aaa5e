package io.millrace.learner.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes checkpoints that are kept no longer, and segments that none names: the latest stay, and
 * where none of these is healthy the latest healthy one before them.
 */
final class CheckpointRetention {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointRetention.class);

  private final CheckpointDirectory directory;
  private final ImageSegments segments;
  private final int keep;

  /**
   * @param keep checkpoints that stay, 2 or more
   */
  CheckpointRetention(CheckpointDirectory directory, ImageSegments segments, int keep) {
    this.directory = directory;
    this.segments = segments;
    this.keep = keep;
  }

  /**
   * Removes what is surplus.
   *
   * @param epoch of the writer: files of later ones are left alone
   * @param needed checkpoints that stay in any case
   */
  void prune(long epoch, Set<CheckpointName> needed) throws IOException {
    List<CheckpointName> names = new ArrayList<>(directory.names());
    List<CheckpointName> gone = surplus(names, keep, this::healthy);
    gone.removeAll(needed);
    names.removeAll(gone);
    for (CheckpointName name : gone) {
      directory.hide(name);
    }
    directory.sweep(epoch);
    Set<String> named = new HashSet<>();
    for (CheckpointName name : names) {
      try {
        named.addAll(CheckpointFiles.manifest(directory.of(name)).segments());
      } catch (IOException e) {
        LOG.warn("{} can't be read, so no segments are removed: {}", name, e.getMessage());
        return;
      }
    }
    segments.retain(named, epoch);
  }

  /**
   * What goes of these.
   *
   * @param names lowest first
   */
  static List<CheckpointName> surplus(
      List<CheckpointName> names, int keep, Predicate<CheckpointName> healthy) {
    var gone = new ArrayList<>(names.subList(0, Math.max(0, names.size() - keep)));
    if (!gone.isEmpty() && names.stream().skip(gone.size()).noneMatch(healthy)) {
      gone.stream()
          .sorted(Comparator.reverseOrder())
          .filter(healthy)
          .findFirst()
          .ifPresent(gone::remove);
    }
    return gone;
  }

  private boolean healthy(CheckpointName name) {
    return CheckpointFiles.healthy(directory.of(name));
  }
}
