package io.millrace.learner.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
   */
  void prune(long epoch) throws IOException {
    List<CheckpointName> names = new ArrayList<>(directory.names());
    var gone = new ArrayList<>(names.subList(0, Math.max(0, names.size() - keep)));
    if (!gone.isEmpty() && names.stream().skip(gone.size()).noneMatch(this::healthy)) {
      lastHealthy(gone).ifPresent(gone::remove);
    }
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

  private Optional<CheckpointName> lastHealthy(List<CheckpointName> among) {
    return among.stream().sorted(Comparator.reverseOrder()).filter(this::healthy).findFirst();
  }

  private boolean healthy(CheckpointName name) {
    return CheckpointFiles.healthy(directory.of(name));
  }
}
