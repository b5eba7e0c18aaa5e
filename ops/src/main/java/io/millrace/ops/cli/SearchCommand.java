package io.millrace.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.TerminalText;
import io.millrace.ops.terminal.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace search}. */
@Command(
    name = "search",
    mixinStandardHelpOptions = true,
    description = {
      "Finds the images most like one of the stream's, or like a picture file.",
      "Asks a process with the role serving over HTTP, where http.host and http.port of the"
          + " configuration say; it embeds the picture."
    },
    footer = {
      "",
      "Examples:",
      "  millrace search IMG_2041.jpg",
      "  millrace search --image photo.jpg --k 5 --filter camera=door --json",
      "",
      "'millrace tail embeddings' shows ids."
    })
final class SearchCommand implements Callable<Integer> {
  /** The first search by a picture may wait for the release to be loaded. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Mixin private PresetOptions common = new PresetOptions();
  @Mixin private ProcessOptions process = new ProcessOptions();

  @ArgGroup(multiplicity = "1")
  private Query query = new Query();

  @Option(
      names = "--k",
      paramLabel = "N",
      defaultValue = "10",
      description = "How many images (${DEFAULT-VALUE}); of a search by id it is one of them.")
  private int k;

  @Option(
      names = "--filter",
      paramLabel = "NAME=VALUE",
      description =
          "Only images of this source, from or until this time (2026-05-01T12:00:00Z), or with"
              + " this header, one of ingest.headers. May be given several times.")
  private Map<String, String> filter = Map.of();

  @Option(names = "--json", description = "Print the answer of POST /search as it is.")
  private boolean json;

  /** What is looked for. */
  static final class Query {
    @Parameters(paramLabel = "ID", description = "Image of the stream, by the key of its record.")
    private @Nullable String id;

    @Option(
        names = "--image",
        paramLabel = "FILE",
        description = "Picture file, JPEG or PNG, of the stream or not.")
    private @Nullable Path image;
  }

  @Override
  public Integer call() throws Exception {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = common.read(MillraceConfig.defaults());
    String answer = process.ask(config, "/search", request().toString(), PATIENCE);
    System.out.print(
        json ? answer + System.lineSeparator() : table(new ObjectMapper().readTree(answer)));
    return 0;
  }

  private ObjectNode request() throws IOException {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    Path image = query.image;
    if (image == null) {
      out.put("id", query.id);
    } else {
      try {
        out.put("image", Files.readAllBytes(image));
      } catch (NoSuchFileException e) {
        throw new ConfigException("--image: there is no file " + image);
      }
    }
    out.put("k", k);
    if (!filter.isEmpty()) {
      ObjectNode given = out.putObject("filter");
      filter.forEach(given::put);
    }
    return out;
  }

  private static String table(JsonNode answer) {
    TextTable rows = TextTable.withoutHead("");
    rows.row("rank", "image", "subject", "similarity", "source");
    int rank = 0;
    for (JsonNode neighbor : answer.path("neighbours")) {
      rows.row(
          Integer.toString(++rank),
          text(neighbor.path("id")),
          text(neighbor.path("name")),
          String.format(Locale.ROOT, "%.3f", neighbor.path("cosine").asDouble()),
          text(neighbor.path("source")));
    }
    String among =
        "version %s of %s, %s images%n"
            .formatted(
                text(answer.path("version")),
                text(answer.path("model")),
                NumberText.count(answer.path("images").asLong()));
    return (rank == 0 ? "no image fits: " : rows) + among;
  }

  private static String text(JsonNode value) {
    return value.isMissingNode() ? NumberText.NONE : TerminalText.plain(value.asText());
  }
}
