package io.millrace.learner.checkpoint;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.feed.HashWindow;
import io.millrace.learner.checkpoint.CheckpointManifest.StoredEntry;
import io.millrace.learner.checkpoint.CheckpointManifest.StoredReference;
import io.millrace.learner.checkpoint.CheckpointManifest.StoredReplay;
import io.millrace.learner.replay.KeptImage;
import io.millrace.learner.replay.ReplayEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads and checks checkpoints. */
final class CheckpointReader {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointReader.class);

  private final CheckpointDirectory directory;
  private final ImageSegments segments;

  CheckpointReader(CheckpointDirectory directory, ImageSegments segments) {
    this.directory = directory;
    this.segments = segments;
  }

  /**
   * Reads and checks one checkpoint. Kept images whose file is missing, cut or altered are skipped
   * and counted.
   *
   * @throws IOException naming the file of its own that is missing, cut or altered
   */
  Checkpoint read(CheckpointName name) throws IOException {
    Path at = directory.of(name);
    CheckpointFiles.check(at);
    CheckpointManifest manifest = CheckpointFiles.manifest(at);
    requireReadable(manifest, name);
    StoredReplay stored =
        CheckpointFiles.JSON.readValue(
            at.resolve(CheckpointFiles.REPLAY).toFile(), StoredReplay.class);
    SafeTensors state = SafeTensors.read(at.resolve(CheckpointFiles.STATE));
    var images = new ArrayList<List<KeptImage>>();
    for (String segment : manifest.segments()) {
      images.add(images(name, segment));
    }
    List<ReplayEntry> replay = replay(stored, images, state);
    List<IdentifiedImage> reference = reference(manifest, images);
    int lost =
        stored.entries().size() + manifest.reference().size() - replay.size() - reference.size();
    return new Checkpoint(
        name,
        Instant.parse(manifest.savedAt()),
        new Fingerprint(
            manifest.fingerprint(), Objects.requireNonNullElse(manifest.settings(), "")),
        new StateSnapshot(tensors(state), manifest.counters(), manifest.scalars()),
        manifest.progress(),
        manifest.position().with(seen(state)),
        replay,
        stored.offered(),
        reference,
        lost);
  }

  /** A segment's images; none where it is gone: what was learned does not rest on them. */
  private List<KeptImage> images(CheckpointName name, String segment) {
    try {
      return segments.load(segment);
    } catch (IOException | RuntimeException e) {
      LOG.error("{} lacks the images of one file, it goes on without: {}", name, e.getMessage());
      return List.of();
    }
  }

  private static void requireReadable(CheckpointManifest manifest, CheckpointName name)
      throws IOException {
    if (manifest.format() < 1 || manifest.format() > CheckpointManifest.FORMAT) {
      throw new IOException(
          "its form is "
              + manifest.format()
              + ": this build reads 1 to "
              + CheckpointManifest.FORMAT);
    }
    var written = new CheckpointName(manifest.epoch(), manifest.step(), manifest.sequence());
    if (!written.equals(name)) {
      throw new IOException("its manifest is that of " + written);
    }
  }

  private static List<ReplayEntry> replay(
      StoredReplay stored, List<List<KeptImage>> images, SafeTensors state) throws IOException {
    var out = new ArrayList<ReplayEntry>();
    for (StoredEntry e : stored.entries()) {
      if (images.get(e.segment()).isEmpty()) {
        continue;
      }
      out.add(
          new ReplayEntry(
              e.id(),
              images.get(e.segment()).get(e.index()),
              e.order(),
              e.visits(),
              ReplayFeatures.of(state, e),
              Objects.requireNonNullElse(e.group(), -1)));
    }
    return out;
  }

  private static List<IdentifiedImage> reference(
      CheckpointManifest manifest, List<List<KeptImage>> images) {
    var out = new ArrayList<IdentifiedImage>();
    for (StoredReference r : manifest.reference()) {
      if (images.get(r.segment()).isEmpty()) {
        continue;
      }
      if (!(images.get(r.segment()).get(r.index()) instanceof KeptImage.Pixels pixels)) {
        throw new IllegalStateException("reference image " + r.id() + " is not held as pixels");
      }
      out.add(new IdentifiedImage(r.id(), pixels.image()));
    }
    return out;
  }

  private static LinkedHashMap<String, HostTensor> tensors(SafeTensors state) {
    var out = new LinkedHashMap<String, HostTensor>();
    state
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(CheckpointFiles.TENSOR)) {
                out.put(name.substring(CheckpointFiles.TENSOR.length()), tensor);
              }
            });
    return out;
  }

  private static HashWindow seen(SafeTensors state) {
    HostTensor seen = state.tensors().get(CheckpointFiles.SEEN);
    return seen == null ? HashWindow.EMPTY : new HashWindow((long[]) seen.values());
  }
}
