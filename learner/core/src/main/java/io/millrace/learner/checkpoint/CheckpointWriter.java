package io.millrace.learner.checkpoint;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.learner.checkpoint.CheckpointManifest.StoredEntry;
import io.millrace.learner.checkpoint.CheckpointManifest.StoredReference;
import io.millrace.learner.checkpoint.CheckpointManifest.StoredReplay;
import io.millrace.learner.checkpoint.ImageSegments.Place;
import io.millrace.learner.replay.ReplayEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes one checkpoint's own files; the images are in segments already. */
final class CheckpointWriter {
  private final DurableFiles files;
  private final Map<Object, Place> places;
  private final Map<String, Integer> numbers = new LinkedHashMap<>();

  /**
   * @param places where the checkpoint's images lie, by identity
   */
  CheckpointWriter(DurableFiles files, Map<Object, Place> places) {
    this.files = files;
    this.places = places;
  }

  void write(Checkpoint checkpoint, Path to) throws IOException {
    var features = new ReplayFeatures();
    var replay = new StoredReplay(checkpoint.offered(), entries(checkpoint, features));
    CheckpointManifest manifest = manifest(checkpoint, reference(checkpoint));
    var state = new SafeTensors(Map.of(), tensors(checkpoint, features));
    var sums = new LinkedHashMap<String, String>();
    put(sums, to, CheckpointFiles.STATE, state::writeTo);
    byte[] replayJson = CheckpointFiles.JSON.writeValueAsBytes(replay);
    put(sums, to, CheckpointFiles.REPLAY, out -> out.write(replayJson));
    byte[] manifestJson =
        CheckpointFiles.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest);
    put(sums, to, CheckpointFiles.MANIFEST, out -> out.write(manifestJson));
    CheckpointFiles.writeSums(files, to, sums);
  }

  private void put(Map<String, String> sums, Path to, String name, DurableFiles.Content content)
      throws IOException {
    sums.put(name, Sha256.write(files, to.resolve(name), content));
  }

  private List<StoredEntry> entries(Checkpoint checkpoint, ReplayFeatures features) {
    var out = new ArrayList<StoredEntry>();
    for (ReplayEntry e : checkpoint.replay()) {
      Place place = place(e.image().identity());
      out.add(
          new StoredEntry(
              e.id(),
              e.order(),
              e.visits(),
              number(place),
              place.index(),
              null,
              features.row(e.feature()),
              e.group() < 0 ? null : e.group()));
    }
    return out;
  }

  private List<StoredReference> reference(Checkpoint checkpoint) {
    var out = new ArrayList<StoredReference>();
    for (IdentifiedImage r : checkpoint.reference()) {
      Place place = place(r.image());
      out.add(new StoredReference(r.id(), number(place), place.index()));
    }
    return out;
  }

  private static Map<String, HostTensor> tensors(Checkpoint checkpoint, ReplayFeatures features) {
    var out = new LinkedHashMap<String, HostTensor>();
    new TreeMap<>(checkpoint.state().tensors())
        .forEach((name, tensor) -> out.put(CheckpointFiles.TENSOR + name, tensor));
    features.addTo(out);
    out.put(CheckpointFiles.SEEN, HostTensor.vector(checkpoint.position().seen().hashes()));
    return out;
  }

  private CheckpointManifest manifest(Checkpoint checkpoint, List<StoredReference> reference) {
    return new CheckpointManifest(
        CheckpointManifest.FORMAT,
        checkpoint.name().epoch(),
        checkpoint.name().step(),
        checkpoint.name().sequence(),
        checkpoint.savedAt().toString(),
        new TreeMap<>(checkpoint.fingerprint().fields()),
        checkpoint.fingerprint().settings(),
        new TreeMap<>(checkpoint.state().counters()),
        new TreeMap<>(checkpoint.state().scalars()),
        checkpoint.progress(),
        CheckpointManifest.Position.of(checkpoint.position()),
        List.copyOf(numbers.keySet()),
        reference);
  }

  private Place place(Object image) {
    Place place = places.get(image);
    if (place == null) {
      throw new IllegalStateException("an image was not stored");
    }
    return place;
  }

  /** The number of an image's segment in the manifest. */
  private int number(Place place) {
    return numbers.computeIfAbsent(place.segment(), s -> numbers.size());
  }
}
