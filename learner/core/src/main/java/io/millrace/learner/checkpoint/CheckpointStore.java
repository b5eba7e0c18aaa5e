package io.millrace.learner.checkpoint;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.learner.replay.KeptImage;
import io.millrace.learner.replay.ReplayEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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
 *
 * <p>With {@link CheckpointObjects} each is put there too, behind the back of who saves, and one
 * that the directory lacks is fetched from there.
 */
public final class CheckpointStore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

  private static final Duration UPLOAD_AGAIN = Duration.ofSeconds(10);
  private static final Duration LAST_UPLOAD = Duration.ofSeconds(30);

  private final DurableFiles files;
  private final CheckpointDirectory directory;
  private final ImageSegments segments;
  private final CheckpointReader reader;
  private final CheckpointRetention retention;
  private final @Nullable CheckpointObjects objects;
  private final UploadListener listener;
  private @Nullable CheckpointUploads uploads;

  /**
   * Opens a directory, making it where it is missing.
   *
   * @param keep checkpoints that stay, 2 or more
   */
  public CheckpointStore(Path directory, int keep, DurableFiles files) throws IOException {
    this(directory, keep, files, null, UploadListener.NONE);
  }

  /**
   * Opens a directory, making it where it is missing.
   *
   * @param objects where checkpoints are put besides; null for nowhere
   * @param listener told about these
   */
  public CheckpointStore(
      Path directory,
      int keep,
      DurableFiles files,
      @Nullable CheckpointObjects objects,
      UploadListener listener)
      throws IOException {
    this.files = files;
    this.objects = objects;
    this.listener = listener;
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

  /** Whether checkpoints are put into object storage besides. */
  public boolean hasObjects() {
    return objects != null;
  }

  /**
   * Fetches the highest checkpoint of the lineage from object storage, where the directory has none
   * as high.
   *
   * @return whether one was fetched
   * @throws IOException where the store does not answer, or has higher ones and none is whole
   */
  public boolean fetch(Lineage lineage) throws IOException {
    CheckpointObjects from = objects;
    if (from == null) {
      return false;
    }
    CheckpointName own =
        names().stream()
            .filter(name -> lineage.admits(id(), name))
            .max(Comparator.naturalOrder())
            .orElse(null);
    return from.fetch(lineage, own, directory, segments, files).isPresent();
  }

  /**
   * From now on checkpoints are put into object storage, where that is wanted: what one goes on
   * from, and what it saves.
   *
   * @param epoch of the lease
   * @param from null where it begins anew
   */
  public void begin(long epoch, @Nullable CheckpointName from) {
    CheckpointObjects to = objects;
    if (to == null) {
      return;
    }
    var work =
        new CheckpointUploads.Work() {
          @Override
          public void mark() throws IOException {
            to.mark(epoch, directory.idFile());
          }

          @Override
          public void put(CheckpointName name) throws IOException {
            to.put(name, epoch, directory, segments);
          }
        };
    uploads = new CheckpointUploads(work, listener, UPLOAD_AGAIN);
    if (from != null) {
      uploads.offer(from);
    }
  }

  /** Waits until the latest checkpoint is in object storage too, for 30 s at most. */
  public void awaitUploads() {
    if (uploads != null) {
      uploads.finish(LAST_UPLOAD);
    }
  }

  /** Puts nothing more into object storage. */
  @Override
  public void close() {
    if (uploads != null) {
      uploads.close();
    }
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
    if (uploads != null) {
      uploads.offer(name);
    }
    retention.prune(name.epoch(), uploads == null ? Set.of() : uploads.pinned());
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
