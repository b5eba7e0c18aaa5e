package io.millrace.ops.cli;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.learner.release.ManifestFiles;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.node.Clients;
import io.millrace.ops.objects.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of every command about one release, and the way to it. */
final class ReleaseChoice {
  @Option(
      names = "--release",
      required = true,
      paramLabel = "V",
      description = "Version, or 'latest', or 'serving', or a manifest file (*.json).")
  private String release = "latest";

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "Folder of a demo that has ended; without it the configured cluster is asked.")
  private @Nullable Path dataDir;

  /** What is done with a release while the broker of a demo's folder runs. */
  interface Work<T> {
    /**
     * Called once.
     *
     * @param config of the cluster that has the release
     * @param releases folder of its weights
     */
    T with(MillraceConfig config, ReleaseManifest manifest, Path releases) throws IOException;
  }

  /**
   * Finds the release and uses it.
   *
   * @throws ConfigException when the options name none
   * @throws UserError when there is none
   */
  <T> T in(MillraceConfig config, Work<T> work) throws IOException {
    if (release.endsWith(".json")) {
      return fromFile(config, Path.of(release), work);
    }
    boolean known = release.equals("latest") || release.equals("serving");
    if (!known && !release.matches("\\d{1,18}")) {
      throw new ConfigException(
          "--release is '"
              + release
              + "': expected a version, 'latest', 'serving' or a manifest file (*.json)");
    }
    Path folder = dataDir;
    if (folder == null) {
      ReleaseManifest manifest = manifest(config);
      try (var storage = new Storage(config)) {
        return work.with(config, manifest, storage.folderOf(manifest));
      }
    }
    List<ReleaseManifest> onDisk = onDisk(config.withDataDir(folder));
    // Which one serves is in the topic alone.
    if (!onDisk.isEmpty() && !release.equals("serving")) {
      MillraceConfig there = config.withDataDir(folder);
      return work.with(there, chosen(there, onDisk, 0), there.releasesDir());
    }
    Path kafka = folder.resolve("kafka");
    if (!Files.isDirectory(kafka)) {
      throw new UserError("no broker's log at " + kafka + ": expected a folder of a demo");
    }
    try (var broker = EmbeddedBroker.start(BrokerSettings.defaults(kafka))) {
      MillraceConfig there =
          config.withDataDir(folder).withKafka(config.kafka().at(broker.bootstrapServers()));
      return work.with(there, manifest(there), there.releasesDir());
    }
  }

  private static <T> T fromFile(MillraceConfig config, Path file, Work<T> work) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException("no manifest at " + file + ": expected a release's manifest");
    }
    Path folder = file.toAbsolutePath().getParent();
    return work.with(
        config,
        ReleaseManifest.fromJson(Files.readAllBytes(file)),
        folder == null ? Path.of("") : folder);
  }

  /** Releases by the manifests beside their weights; older ones have none. */
  private static List<ReleaseManifest> onDisk(MillraceConfig config) throws IOException {
    Path folder = config.releasesDir();
    return Files.isDirectory(folder)
        ? ManifestFiles.read(folder, config.learner().model())
        : List.of();
  }

  private ReleaseManifest manifest(MillraceConfig config) {
    String model = config.learner().model();
    try (var log = Clients.releases(config)) {
      return chosen(config, log.releases(model), log.serving(model).orElse(0));
    }
  }

  private ReleaseManifest chosen(MillraceConfig config, List<ReleaseManifest> all, long serving) {
    String model = config.learner().model();
    if (all.isEmpty()) {
      throw new UserError("model " + model + " has no release yet");
    }
    long wanted =
        switch (release) {
          case "latest" -> all.get(all.size() - 1).version();
          case "serving" -> serving;
          default -> Long.parseLong(release);
        };
    return all.stream()
        .filter(m -> m.version() == wanted)
        .findFirst()
        .orElseThrow(
            () ->
                new UserError(
                    "model "
                        + model
                        + " has no release "
                        + release
                        + ": there are "
                        + all.stream().map(m -> Long.toString(m.version())).toList()));
  }
}
