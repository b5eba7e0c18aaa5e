package io.millrace.learner.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.HashWindow;
import io.millrace.learner.checkpoint.CheckpointManifest.StoredEntry;
import io.millrace.learner.checkpoint.CheckpointManifest.StoredReference;
import io.millrace.learner.checkpoint.CheckpointManifest.StoredReplay;
import io.millrace.learner.checkpoint.ImageSegments.Place;
import io.millrace.learner.replay.ReplayEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
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
  private static final String STATE = "state.safetensors";
  private static final String REPLAY = "replay.json";
  private static final String MANIFEST = "manifest.json";
  private static final String SUMS = "SHA256SUMS";
  private static final String WRITING = ".writing-";
  private static final String REMOVING = ".removing-";
  private static final String SEEN = "feed.seen";
  private static final String TENSOR = "state.";
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .build();

  private final Path directory;
  private final int keep;
  private final DurableFiles files;
  private final ImageSegments segments;
  private final String id;

  /**
   * Opens a directory, making it where it is missing.
   *
   * @param keep checkpoints that stay, 2 or more
   */
  public CheckpointStore(Path directory, int keep, DurableFiles files) throws IOException {
    this.directory = directory;
    this.keep = keep;
    this.files = files;
    this.segments = new ImageSegments(directory.resolve("segments"), files);
    this.id = identify();
  }

  /** Opens a directory of the file system. */
  public static CheckpointStore open(Path directory, int keep) throws IOException {
    return new CheckpointStore(directory, keep, DurableFiles.real());
  }

  /** A name for this directory that stays with its content. */
  public String id() {
    return id;
  }

  /** Names of the checkpoints there are, valid or not, oldest first. */
  public List<CheckpointName> names() throws IOException {
    try (var list = Files.list(directory)) {
      return list.map(path -> CheckpointName.parse(path.getFileName().toString()))
          .flatMap(Optional::stream)
          .sorted()
          .toList();
    }
  }

  /** Bytes of a checkpoint's own files, without the image segments it shares with others. */
  public long bytes(CheckpointName name) throws IOException {
    long sum = 0;
    try (var own = Files.list(directory.resolve(name.toString()))) {
      for (Path file : own.toList()) {
        sum += Files.size(file);
      }
    }
    return sum;
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
    for (CheckpointName name : names().stream().sorted(Comparator.reverseOrder()).toList()) {
      if (!lineage.admits(id, name)) {
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
    for (CheckpointName name : names().stream().sorted(Comparator.reverseOrder()).toList()) {
      if (lineage.admits(id, name) && healthy(name)) {
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
    Path at = directory.resolve(name.toString());
    check(at);
    CheckpointManifest manifest =
        JSON.readValue(at.resolve(MANIFEST).toFile(), CheckpointManifest.class);
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
    StoredReplay stored = JSON.readValue(at.resolve(REPLAY).toFile(), StoredReplay.class);
    SafeTensors state = SafeTensors.read(at.resolve(STATE));
    var images = new ArrayList<List<PixelImage>>();
    for (String segment : manifest.segments()) {
      images.add(segments.load(segment));
    }
    var replay = new ArrayList<ReplayEntry>();
    for (StoredEntry e : stored.entries()) {
      replay.add(
          new ReplayEntry(
              e.id(),
              images.get(e.segment()).get(e.index()),
              e.order(),
              e.visits(),
              ReplayFeatures.of(state, e),
              Objects.requireNonNullElse(e.group(), -1)));
    }
    var reference = new ArrayList<IdentifiedImage>();
    for (StoredReference r : manifest.reference()) {
      reference.add(new IdentifiedImage(r.id(), images.get(r.segment()).get(r.index())));
    }
    var tensors = new LinkedHashMap<String, HostTensor>();
    HashWindow seen = HashWindow.EMPTY;
    for (var entry : state.tensors().entrySet()) {
      if (entry.getKey().equals(SEEN)) {
        seen = new HashWindow((long[]) entry.getValue().values());
      } else if (entry.getKey().startsWith(TENSOR)) {
        tensors.put(entry.getKey().substring(TENSOR.length()), entry.getValue());
      }
    }
    return new Checkpoint(
        name,
        Instant.parse(manifest.savedAt()),
        new Fingerprint(
            manifest.fingerprint(), Objects.requireNonNullElse(manifest.settings(), "")),
        new StateSnapshot(tensors, manifest.counters(), manifest.scalars()),
        manifest.progress(),
        manifest.position().with(seen),
        replay,
        stored.offered(),
        reference);
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
    Checkpoint checkpoint = asked.named(free(asked.name()));
    Path target = directory.resolve(checkpoint.name().toString());
    sweep(checkpoint.name().epoch());
    var live = new ArrayList<PixelImage>();
    checkpoint.replay().forEach(entry -> live.add(entry.image()));
    checkpoint.reference().forEach(image -> live.add(image.image()));
    Map<PixelImage, Place> places = segments.store(live, checkpoint.name().epoch());
    Path temporary = directory.resolve(WRITING + checkpoint.name());
    files.makeDirectory(temporary);
    writeAll(checkpoint, places, temporary);
    files.syncDirectory(temporary);
    beforeRename.run();
    files.rename(temporary, target);
    files.syncDirectory(directory);
    prune(checkpoint.name().epoch());
    return checkpoint.name();
  }

  private CheckpointName free(CheckpointName name) throws IOException {
    return names().stream()
        .filter(there -> there.epoch() == name.epoch() && there.step() == name.step())
        .max(Comparator.naturalOrder())
        .map(CheckpointName::next)
        .orElse(new CheckpointName(name.epoch(), name.step()));
  }

  private void writeAll(Checkpoint checkpoint, Map<PixelImage, Place> places, Path to)
      throws IOException {
    var numbers = new LinkedHashMap<String, Integer>();
    var entries = new ArrayList<StoredEntry>();
    var features = new ReplayFeatures();
    for (ReplayEntry e : checkpoint.replay()) {
      Place place = place(places, e.image());
      int segment = number(numbers, place.segment());
      entries.add(
          new StoredEntry(
              e.id(),
              e.order(),
              e.visits(),
              segment,
              place.index(),
              null,
              features.row(e.feature()),
              e.group() < 0 ? null : e.group()));
    }
    var reference = new ArrayList<StoredReference>();
    for (IdentifiedImage r : checkpoint.reference()) {
      Place place = place(places, r.image());
      int segment = number(numbers, place.segment());
      reference.add(new StoredReference(r.id(), segment, place.index()));
    }
    var tensors = new LinkedHashMap<String, HostTensor>();
    new TreeMap<>(checkpoint.state().tensors()).forEach((n, t) -> tensors.put(TENSOR + n, t));
    features.addTo(tensors);
    tensors.put(SEEN, HostTensor.vector(checkpoint.position().seen().hashes()));
    var manifest =
        new CheckpointManifest(
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
    var replay = new StoredReplay(checkpoint.offered(), entries);
    var sums = new LinkedHashMap<String, String>();
    sums.put(
        STATE, Sha256.write(files, to.resolve(STATE), new SafeTensors(Map.of(), tensors)::writeTo));
    byte[] replayJson = JSON.writeValueAsBytes(replay);
    sums.put(REPLAY, Sha256.write(files, to.resolve(REPLAY), out -> out.write(replayJson)));
    byte[] manifestJson = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest);
    sums.put(MANIFEST, Sha256.write(files, to.resolve(MANIFEST), out -> out.write(manifestJson)));
    var lines = new StringBuilder();
    sums.forEach((file, sha) -> lines.append(sha).append("  ").append(file).append('\n'));
    files.write(
        to.resolve(SUMS), out -> out.write(lines.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static Place place(Map<PixelImage, Place> places, PixelImage image) {
    Place place = places.get(image);
    if (place == null) {
      throw new IllegalStateException("an image was not stored");
    }
    return place;
  }

  private static int number(Map<String, Integer> numbers, String segment) {
    return numbers.computeIfAbsent(segment, s -> numbers.size());
  }

  private static Map<String, String> sums(Path checkpoint) throws IOException {
    Path file = checkpoint.resolve(SUMS);
    if (!Files.isRegularFile(file)) {
      throw new IOException(SUMS + " is not there");
    }
    var out = new HashMap<String, String>();
    for (String line : Files.readAllLines(file)) {
      String[] parts = line.split("  ", 2);
      if (parts.length != 2 || !parts[0].matches("[0-9a-f]{64}")) {
        throw new IOException(SUMS + " holds the line '" + line + "': expected a hash and a name");
      }
      out.put(parts[1], parts[0]);
    }
    return out;
  }

  private static void check(Path checkpoint) throws IOException {
    Map<String, String> sums = sums(checkpoint);
    for (String name : List.of(STATE, REPLAY, MANIFEST)) {
      Path file = checkpoint.resolve(name);
      if (!Files.isRegularFile(file)) {
        throw new IOException(name + " is not there");
      }
      String expected = sums.get(name);
      String actual = Sha256.of(file);
      if (!actual.equals(expected)) {
        throw new IOException(
            name
                + " ("
                + Files.size(file)
                + " bytes) is cut or altered: its SHA-256 is "
                + actual
                + ", "
                + SUMS
                + " says "
                + expected);
      }
    }
  }

  /** Keeps the last checkpoints, and the segments they name. */
  private void prune(long epoch) throws IOException {
    List<CheckpointName> names = new ArrayList<>(names());
    var gone = new ArrayList<>(names.subList(0, Math.max(0, names.size() - keep)));
    if (!gone.isEmpty() && names.stream().skip(gone.size()).noneMatch(this::healthy)) {
      lastHealthy(gone).ifPresent(gone::remove);
    }
    names.removeAll(gone);
    for (CheckpointName name : gone) {
      Path hidden = directory.resolve(REMOVING + name);
      files.rename(directory.resolve(name.toString()), hidden);
    }
    sweep(epoch);
    Set<String> named = new HashSet<>();
    for (CheckpointName name : names) {
      Path manifest = directory.resolve(name.toString()).resolve(MANIFEST);
      try {
        named.addAll(JSON.readValue(manifest.toFile(), CheckpointManifest.class).segments());
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
    Path manifest = directory.resolve(name.toString()).resolve(MANIFEST);
    try {
      return !JSON.readValue(manifest.toFile(), CheckpointManifest.class).progress().unhealthy();
    } catch (IOException e) {
      return false;
    }
  }

  /** Removes what a save or removal of this epoch or one before left unfinished. */
  private void sweep(long epoch) throws IOException {
    List<Path> left;
    try (var list = Files.list(directory)) {
      left = list.filter(path -> unfinished(path.getFileName().toString(), epoch)).toList();
    }
    for (Path path : left) {
      try (var inside = Files.list(path)) {
        for (Path file : inside.toList()) {
          files.delete(file);
        }
      }
      files.delete(path);
    }
  }

  private static boolean unfinished(String file, long epoch) {
    return Stream.of(WRITING, REMOVING)
        .filter(file::startsWith)
        .flatMap(prefix -> CheckpointName.parse(file.substring(prefix.length())).stream())
        .anyMatch(name -> name.epoch() <= epoch);
  }

  private String identify() throws IOException {
    files.makeDirectory(directory);
    Path file = directory.resolve("store-id");
    if (!Files.isRegularFile(file)) {
      String fresh = UUID.randomUUID().toString();
      Path temporary = directory.resolve(".store-id");
      files.write(temporary, out -> out.write(fresh.getBytes(StandardCharsets.UTF_8)));
      files.rename(temporary, file);
      files.syncDirectory(directory);
    }
    return Files.readString(file).strip();
  }
}
