package io.millrace.ops.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ingest.stream.Topics;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.ManifestFiles;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.dashboard.Json;
import io.millrace.ops.node.Clients;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.TextTable;
import io.millrace.serving.client.EmbeddingReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace releases}. */
@Command(
    name = "releases",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the model's releases: what the gate said, their metrics.",
      "▶ serves; … is promoted and serves once it is complete."
    },
    footer = {
      "",
      "Examples:",
      "  millrace releases",
      "  millrace releases --files --config millrace.yaml",
      "  millrace releases --set kafka.bootstrapServers=broker:9092 \\",
      "      --set learner.model=birds"
    })
final class ReleasesCommand implements Callable<Integer> {
  private static final List<String> SHOWN = List.of("featureStd", "rankMe", "knn", "drift");

  private static final String PERPLEXITY = "perplexityBatch";

  @Mixin private PresetOptions common = new PresetOptions();

  @Option(names = "--files", description = "Name each release's weights and manifest files.")
  private boolean files;

  @Option(
      names = "--json",
      description = "Print the manifests, which one serves and which is promoted, as JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = common.read(MillraceConfig.defaults());
    try (var log = Clients.releases(config)) {
      String model = config.learner().model();
      System.out.print(
          json
              ? json(log, model, serving(config, log))
              : files
                  ? files(log.releases(model), config.releasesDir())
                  : table(log, model, serving(config, log)));
    }
    return 0;
  }

  private static String json(KafkaReleaseLog log, String model, OptionalLong serving)
      throws IOException {
    var mapper = new ObjectMapper();
    ObjectNode out = mapper.createObjectNode().put("model", model);
    put(out, "serving", serving);
    put(out, "promoted", log.serving(model));
    ArrayNode all = out.putArray("releases");
    for (ReleaseManifest m : log.releases(model)) {
      all.add(mapper.readTree(m.toJson()));
    }
    return Json.pretty(out);
  }

  private static void put(ObjectNode out, String field, OptionalLong version) {
    if (version.isPresent()) {
      out.put(field, version.getAsLong());
    } else {
      out.putNull(field);
    }
  }

  private static String files(List<ReleaseManifest> all, Path folder) {
    TextTable table = TextTable.withoutHead("");
    for (ReleaseManifest m : all) {
      table.row(m.key(), there(folder.resolve(m.weights())));
      table.row("", there(folder.resolve(ManifestFiles.name(m))));
    }
    return table.toString();
  }

  private static String there(Path file) {
    return file + (Files.exists(file) ? "" : "  (not here)");
  }

  /**
   * The version that answers, as the page says it: of the promoted one only once it is complete;
   * the promoted one where no serving process has begun on any.
   */
  private static OptionalLong serving(MillraceConfig config, KafkaReleaseLog log) {
    String model = config.learner().model();
    OptionalLong promoted = log.serving(model);
    if (promoted.isEmpty()) {
      return promoted;
    }
    Topics topics = config.topicNames();
    try (var reader = new EmbeddingReader(config.kafka().clients(), topics, model)) {
      OptionalLong complete = reader.liveVersion();
      return complete.isPresent() ? complete : promoted;
    } catch (IllegalStateException e) {
      return promoted; // without serving's topics nothing is embedded yet
    }
  }

  private static String table(KafkaReleaseLog log, String model, OptionalLong serving) {
    OptionalLong promoted = log.serving(model);
    List<ReleaseManifest> all = log.releases(model);
    if (all.isEmpty()) {
      return "no release of " + model + " yet\n";
    }
    TextTable table = TextTable.withoutHead("");
    for (ReleaseManifest m : all) {
      boolean serves = serving.isPresent() && serving.getAsLong() == m.version();
      table.row(
          serves ? "▶" : promoted.equals(OptionalLong.of(m.version())) ? "…" : " ",
          Long.toString(m.version()),
          m.gate().toString(),
          m.method(),
          "step " + m.step(),
          m.releasedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
          metrics(m.monitors()) + reason(String.valueOf(m.gateReason())));
    }
    return table.toString();
  }

  private static String reason(String given) {
    return given.isEmpty() ? "" : "  (" + given + ")";
  }

  private static String metrics(Map<String, Double> all) {
    var shown = new TreeMap<>(all);
    shown.keySet().removeIf(name -> !SHOWN.contains(name) && !name.startsWith(PERPLEXITY));
    return shown.entrySet().stream()
        .map(e -> e.getKey() + " " + NumberText.of(e.getValue()))
        .collect(Collectors.joining(", "));
  }
}
