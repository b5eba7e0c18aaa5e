package io.millrace.learner.checkpoint;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.learner.replay.KeptImage;
import io.millrace.learner.replay.ReplayEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints in a directory, each a directory of its own that appears by one rename:
 *
 * <pre>
 * checkpoints/
 *   store-id
 *   checkpoint-&lt;epoch&gt;-&lt;step&gt;[-&lt;sequence&gt;]/
 *     state.safetensors  replay.json  manifest.json  SHA256SUMS
 *   segments/&lt;epoch&gt;/&lt;sha&gt;.images
 * </pre>
 *
 * Everything a checkpoint names is synced before the rename, so a crash at any instant leaves the
 * checkpoint before it or the new one. What is removed goes after the rename. {@code sha256sum -c
 * SHA256SUMS} checks a checkpoint by hand.
 */
public final class CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

  private final DurableFiles files;
  private final CheckpointDirectory directory;
  private final ImageSegments segments;
  private final CheckpointReader reader;
  private final CheckpointRetention retention;

  /**
   * Opens a directory, making it where it is missing.
   *
   * @param keep checkpoints that stay, 2 or more
   */
  public CheckpointStore(Path directory, int keep, DurableFiles files) throws IOException {
    this.files = files;
    this.segments = new ImageSegments(directory.resolve("segments"), files);
    this.directory = new CheckpointDirectory(directory, files);
    this.reader = new CheckpointReader(this.directory, segments);
    this.retention = new CheckpointRetention(this.directory, segments, keep);
  }

  /** Opens a directory of the file system. */
  public static CheckpointStore open(Path directory, int keep) throws IOException {
    return new CheckpointStore(directory, keep, DurableFiles.real());
  }

  /** A name for this directory that stays with its content. */
  public String id() {
    return directory.id();
  }

  /** Names of the checkpoints there are, valid or not, oldest first. */
  public List<CheckpointName> names() throws IOException {
    return directory.names();
  }

  /** Bytes of a checkpoint's own files, without the image segments it shares with others. */
  public long bytes(CheckpointName name) throws IOException {
    return CheckpointFiles.bytes(directory.of(name));
  }

  /** The highest epoch among the checkpoints there are; 0 without any. */
  public long highestEpoch() throws IOException {
    return names().stream().mapToLong(CheckpointName::epoch).max().orElse(0);
  }

  /**
   * The highest checkpoint of the lineage that is whole; empty where there is none at all. What is
   * passed over is logged with its reason.
   *
   * @throws IOException when there are checkpoints of this lineage and none is whole
   */
  public Optional<Checkpoint> restore(Lineage lineage) throws IOException {
    String broken = null;
    for (CheckpointName name : latestFirst()) {
      if (!lineage.admits(id(), name)) {
        LOG.warn("passed over {}: a learner that was fenced off saved it", name);
        continue;
      }
      try {
        return Optional.of(load(name));
      } catch (IOException | RuntimeException e) {
        LOG.warn("passed over {}, the one before it is used: {}", name, e.getMessage());
        broken = broken == null ? name + ": " + e.getMessage() : broken;
      }
    }
    if (broken != null) {
      throw new IOException(
          "none of the checkpoints in "
              + directory
              + " is whole ("
              + broken
              + "): move them away to begin anew");
    }
    return Optional.empty();
  }

  /**
   * The highest checkpoint of the lineage that is whole and was saved while the monitors were
   * within the guard's bounds; empty where there is none. One such is kept, however old.
   */
  public Optional<Checkpoint> restoreHealthy(Lineage lineage) throws IOException {
    for (CheckpointName name : latestFirst()) {
      if (lineage.admits(id(), name) && CheckpointFiles.healthy(directory.of(name))) {
        try {
          return Optional.of(load(name));
        } catch (IOException | RuntimeException e) {
          LOG.warn("passed over {}: {}", name, e.getMessage());
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Reads and checks one checkpoint.
   *
   * @throws IOException naming the file that is missing, cut or altered
   */
  Checkpoint load(CheckpointName name) throws IOException {
    return reader.read(name);
  }

  private List<CheckpointName> latestFirst() throws IOException {
    return names().stream().sorted(Comparator.reverseOrder()).toList();
  }

  /**
   * Saves a checkpoint, then removes what no kept checkpoint needs. Where one of its epoch and step
   * is there already, it becomes the next in sequence.
   *
   * @param asked the checkpoint; its name's sequence counts for nothing
   * @param beforeRename called when all is written and synced; what it throws leaves the store as
   *     it was
   * @return the name it is saved under
   */
  public CheckpointName save(Checkpoint asked, Runnable beforeRename) throws IOException {
    Checkpoint checkpoint = asked.named(directory.free(asked.name()));
    CheckpointName name = checkpoint.name();
    directory.sweep(name.epoch());
    var places = segments.store(images(checkpoint), name.epoch());
    Path temporary = directory.beginWriting(name);
    new CheckpointWriter(files, places).write(checkpoint, temporary);
    files.syncDirectory(temporary);
    beforeRename.run();
    directory.publish(temporary, name);
    retention.prune(name.epoch());
    return name;
  }

  @Override
  public String toString() {
    return directory.toString();
  }

  private static List<KeptImage> images(Checkpoint checkpoint) {
    var out = new ArrayList<KeptImage>();
    checkpoint.replay().stream().map(ReplayEntry::image).forEach(out::add);
    checkpoint.reference().stream()
        .map(IdentifiedImage::image)
        .map(KeptImage::of)
        .forEach(out::add);
    return out;
  }
}
