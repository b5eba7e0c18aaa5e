package io.millrace.learner.release;

import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.checkpoint.Sha256;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.NetworkSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Releases models: weights into the shared directory first, synced, then a note of the manifest
 * beside them, then the manifest to the log as a candidate, then again with the gate's word, then,
 * where it is promoted, the pointer; the note goes last. A crash in between leaves the note, and
 * {@link #finish} publishes what is missing, once. Object storage, where there is one, has the
 * weights before the log has the manifest.
 */
public final class ReleasePublisher {
  private static final Logger LOG = LoggerFactory.getLogger(ReleasePublisher.class);

  private final ReleaseLog log;
  private final Path directory;
  private final DurableFiles files;
  private final InstantSource clock;
  private final GateSettings gate;
  private final int keep;
  private final @Nullable ReleaseObjects objects;

  /**
   * With the gate's defaults but no comparison of steps, keeping all releases.
   *
   * @param directory {@code releases.dir}, shared with the servers
   */
  public ReleasePublisher(ReleaseLog log, Path directory, DurableFiles files, InstantSource clock) {
    this(log, directory, files, clock, new GateSettings(true, 1e-4, 1.2, 0, 0, 0), 0);
  }

  /**
   * @param directory {@code releases.dir}, shared with the servers
   * @param gate what a release must show before it serves
   * @param keep promoted releases whose weights stay; 0 for all
   */
  public ReleasePublisher(
      ReleaseLog log,
      Path directory,
      DurableFiles files,
      InstantSource clock,
      GateSettings gate,
      int keep) {
    this(log, directory, files, clock, gate, keep, null);
  }

  private ReleasePublisher(
      ReleaseLog log,
      Path directory,
      DurableFiles files,
      InstantSource clock,
      GateSettings gate,
      int keep,
      @Nullable ReleaseObjects objects) {
    this.gate = gate;
    this.keep = keep;
    this.objects = objects;
    this.log = log;
    this.directory = directory;
    this.files = files;
    this.clock = clock;
  }

  /**
   * The same, which puts releases into object storage besides.
   *
   * @param where null for nowhere
   */
  public ReleasePublisher withObjects(@Nullable ReleaseObjects where) {
    return new ReleasePublisher(log, directory, files, clock, gate, keep, where);
  }

  /** Releases a model; the same weights at the same step are released once. */
  public ReleaseManifest publish(ReleaseDraft draft) throws IOException {
    files.makeDirectory(directory);
    NetworkSpec representation = WeightsFile.spec(draft.networks(), draft.representation());
    var metadata =
        new TreeMap<>(ReleasedWeights.description(representation, draft.preprocessing()));
    metadata.putAll(BackboneWords.of(draft.provenance()));
    metadata.put("format", "pt");
    metadata.put("model", draft.model());
    metadata.put("step", Long.toString(draft.step()));
    SafeTensors weights =
        WeightsFile.of(
            draft.state(),
            draft.networks(),
            draft.representation(),
            new TreeSet<>(draft.tensors()),
            draft.step(),
            metadata);
    Path temporary = directory.resolve("." + draft.model() + ".writing");
    String sha = Sha256.write(files, temporary, weights::writeTo);
    long bytes = Files.size(temporary);
    String name = sha + ".safetensors";
    files.rename(temporary, directory.resolve(name));
    files.syncDirectory(directory);
    var manifest =
        new ReleaseManifest(
            ReleaseManifest.FORMAT,
            draft.model(),
            0,
            draft.method(),
            draft.representation(),
            draft.featureDim(),
            new TreeMap<>(draft.networks()),
            List.copyOf(new TreeSet<>(draft.tensors())),
            draft.engine(),
            name,
            sha,
            bytes,
            draft.preprocessing(),
            draft.preprocessing().hash(),
            draft.position().topicId(),
            draft.position().partitions(),
            draft.step(),
            draft.images(),
            draft.monitors(),
            ReleaseManifest.State.CANDIDATE,
            null,
            draft.provenance(),
            clock.instant());
    Path note = note(draft.model());
    Path writing = directory.resolve(note.getFileName() + ".writing");
    files.write(writing, out -> out.write(manifest.toJson()));
    files.rename(writing, note);
    files.syncDirectory(directory);
    return announce(manifest);
  }

  /**
   * Publishes a release that a crash kept back, if there is one, and what the log has lost: see
   * {@link #restored}.
   */
  public Optional<ReleaseManifest> finish(String model) throws IOException {
    restored(model);
    Path note = note(model);
    if (!Files.isRegularFile(note)) {
      return Optional.empty();
    }
    ReleaseManifest manifest = ReleaseManifest.fromJson(Files.readAllBytes(note));
    LOG.info("publishing the release of {} at step {} that was kept back", model, manifest.step());
    return Optional.of(announce(manifest));
  }

  /** The version of the model's latest release; 0 before the first. */
  public long latestVersion(String model) {
    List<ReleaseManifest> all = log.releases(model);
    return all.isEmpty() ? 0 : all.get(all.size() - 1).version();
  }

  private ReleaseManifest announce(ReleaseManifest draft) throws IOException {
    if (objects != null) {
      objects.putWeights(directory.resolve(draft.weights()));
    }
    List<ReleaseManifest> before = restored(draft.model());
    Optional<ReleaseManifest> already =
        before.stream()
            .filter(
                m -> m.step() == draft.step() && m.weightsSha256().equals(draft.weightsSha256()))
            .findFirst();
    long highest = before.isEmpty() ? 0 : before.get(before.size() - 1).version();
    ReleaseManifest manifest = already.orElseGet(() -> draft.withVersion(highest + 1));
    if (already.isEmpty()) {
      log.publish(manifest);
    }
    manifest = gated(manifest);
    if (manifest.gate() == ReleaseManifest.State.PROMOTED
        && manifest.version() > log.serving(draft.model()).orElse(0)) {
      log.serve(draft.model(), manifest.version());
    }
    writeManifest(manifest);
    files.delete(note(draft.model()));
    retire(draft.model());
    return manifest;
  }

  /**
   * The releases of a model, oldest first. A log that has none, though the folder has some, was
   * deleted and made again: it gets them back, since a version that was given twice would have two
   * models' embeddings, and the newest promoted one serves. What was decided of them by hand since
   * they were made is lost.
   */
  private List<ReleaseManifest> restored(String model) throws IOException {
    List<ReleaseManifest> known = log.releases(model);
    if (!known.isEmpty() || !Files.isDirectory(directory)) {
      return known;
    }
    List<ReleaseManifest> here = ManifestFiles.read(directory, model);
    here.forEach(log::publish);
    here.stream()
        .filter(m -> m.gate() == ReleaseManifest.State.PROMOTED)
        .mapToLong(ReleaseManifest::version)
        .max()
        .ifPresent(version -> log.serve(model, version));
    if (!here.isEmpty()) {
      LOG.warn(
          "the topic of releases had none of {}: it was deleted, or is another cluster's; {} got"
              + " back from {}",
          model,
          here.size() == 1 ? "1 release" : here.size() + " releases",
          directory);
    }
    return here;
  }

  /**
   * Lays the manifest beside the weights, so that they can be read without Kafka; the topic's stays
   * the one that counts.
   */
  private void writeManifest(ReleaseManifest manifest) throws IOException {
    Path file = directory.resolve(ManifestFiles.name(manifest));
    Path writing = directory.resolve("." + file.getFileName() + ".writing");
    files.write(writing, out -> out.write(manifest.toJson()));
    files.rename(writing, file);
    files.syncDirectory(directory);
    if (objects != null) {
      objects.putManifest(file);
    }
  }

  /**
   * Retires what is surplus: manifests say so first, then weights go that no other manifest names.
   * What fails here is tried again after the next release.
   */
  private void retire(String model) {
    try {
      for (ReleaseManifest old :
          ReleaseRetention.of(log.releases(model), log.serving(model), keep)) {
        log.publish(old.withGate(ReleaseManifest.State.RETIRED, "was " + old.gate()));
        if (log.serving(model).orElse(0) == old.version()) {
          log.publish(old); // somebody promoted it meanwhile
        }
      }
      if (keep > 0) {
        removeWeights(log.releases(model));
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("could not retire releases of {}, it is tried again: {}", model, e.toString());
    }
  }

  /**
   * A file's name is the hash of its content, the model's name included: no two models share one.
   */
  private void removeWeights(List<ReleaseManifest> releases) throws IOException {
    Set<String> wanted =
        releases.stream()
            .filter(m -> m.gate() != ReleaseManifest.State.RETIRED)
            .map(ReleaseManifest::weights)
            .collect(Collectors.toSet());
    for (ReleaseManifest manifest : releases) {
      Path file = directory.resolve(manifest.weights()).normalize();
      boolean here = directory.normalize().equals(file.getParent()); // its writer
      if (here && !wanted.contains(manifest.weights()) && Files.isRegularFile(file)) {
        Path beside = directory.resolve(ManifestFiles.name(manifest));
        if (objects != null) {
          objects.delete(beside); // first: while the file is here, it is tried again
          objects.delete(file);
        }
        files.delete(file);
        files.delete(beside);
        LOG.info(
            "retired {}: {} is removed, {} bytes", manifest.key(), file, manifest.weightsBytes());
      }
    }
  }

  /** The gate's word on a candidate; an earlier verdict stays as it is. */
  private ReleaseManifest gated(ReleaseManifest manifest) {
    if (manifest.gate() != ReleaseManifest.State.CANDIDATE) {
      return manifest;
    }
    Optional<String> failure =
        Gate.failure(gate, manifest.monitors())
            .or(() -> servingManifest(manifest).flatMap(s -> Gate.failure(gate, manifest, s)));
    if (failure.isEmpty() && !gate.automatic()) {
      LOG.info("{} waits for 'millrace promote {}'", manifest.key(), manifest.version());
      return manifest;
    }
    ReleaseManifest gated =
        failure.isEmpty()
            ? manifest.withGate(ReleaseManifest.State.PROMOTED, "")
            : manifest.withGate(ReleaseManifest.State.REJECTED, failure.get());
    failure.ifPresent(why -> LOG.warn("{} does not serve: {}", manifest.key(), why));
    log.publish(gated);
    return gated;
  }

  private Optional<ReleaseManifest> servingManifest(ReleaseManifest than) {
    long version = log.serving(than.model()).orElse(0);
    return log.releases(than.model()).stream().filter(m -> m.version() == version).findFirst();
  }

  /**
   * The release that serves, on an engine, closed by the caller; empty where none can be loaded.
   */
  public Optional<LoadedRelease> serving(String model, Engine engine) {
    long version = log.serving(model).orElse(0);
    for (ReleaseManifest manifest : log.releases(model)) {
      if (manifest.version() == version) {
        try {
          return Optional.of(new ReleaseReader(directory, objects).load(manifest, engine));
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
          LOG.warn("{} can't be compared with: {}", manifest.key(), e.getMessage());
        }
      }
    }
    return Optional.empty();
  }

  private Path note(String model) {
    return directory.resolve("unpublished-" + model + ".json");
  }
}
