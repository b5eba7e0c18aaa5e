package io.millrace.ops.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ingest.stream.Topics;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.node.Clients;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.TerminalText;
import io.millrace.serving.client.EmbeddingReader;
import io.millrace.serving.client.StoredEmbedding;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace tail}. */
@Command(
    name = "tail",
    mixinStandardHelpOptions = true,
    description = {
      "Shows embeddings as they come: image id, version, length of the features, nearest image.",
      "Follows the version that serves, and goes over to the next when that is complete."
    },
    footer = {"", "Example:", "  millrace tail embeddings --last 20"})
final class TailCommand implements Callable<Integer> {
  enum What {
    EMBEDDINGS
  }

  @Mixin private PresetOptions common = new PresetOptions();

  @Parameters(paramLabel = "WHAT", description = "What to show: embeddings.")
  private What what = What.EMBEDDINGS;

  @Option(
      names = "--last",
      paramLabel = "N",
      defaultValue = "10",
      description = "Begin with this many of those there are (${DEFAULT-VALUE}).")
  private int last;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "End after this many lines; without it, at Ctrl-C.")
  private @Nullable Integer count;

  @Option(
      names = "--filter",
      paramLabel = "NAME=VALUE",
      description =
          "A header of ingest.headers: only images with it, and the nearest among them. May be"
              + " given several times.")
  private Map<String, String> filter = Map.of();

  @Option(names = "--json", description = "One JSON object a line, for programs.")
  private boolean json;

  @Override
  public Integer call() {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = common.read(MillraceConfig.defaults());
    for (String name : filter.keySet()) {
      if (!config.ingest().headers().contains(name)) {
        throw new UserError(
            "--filter "
                + name
                + " is no header that travels: expected one of ingest.headers, "
                + config.ingest().headers());
      }
    }
    Topics topics = config.topicNames();
    Clients.requireTopics(config, Set.of(topics.embeddings(), topics.embeddingRefresh()));
    Integer most = count;
    long left = most == null ? Long.MAX_VALUE : most;
    boolean waiting = false;
    try (var reader =
        new EmbeddingReader(
            config.kafka().clients(), config.topicNames(), config.learner().model())) {
      if (!json) {
        head();
      }
      while (left > 0) {
        OptionalLong live = reader.liveVersion(Duration.ofSeconds(1));
        if (live.isEmpty() && !waiting) {
          waiting = true;
          Logs.say(
              "no release of "
                  + config.learner().model()
                  + " serves yet ('millrace releases' lists them): waiting for the first; Ctrl-C"
                  + " ends");
        }
        if (live.isPresent()) {
          left -= follow(reader, live.getAsLong(), left);
        }
      }
    }
    return 0;
  }

  private static void head() {
    System.out.printf(
        "%-40s %7s %9s  %-40s %6s%n", "image", "version", "norm", "nearest", "cosine");
  }

  /** Shows one version until another serves; returns the lines shown. */
  private long follow(EmbeddingReader reader, long version, long most) {
    Map<String, StoredEmbedding> all = reader.readAll(version);
    all.values().removeIf(image -> !passes(image));
    long shown = 0;
    var newest =
        all.values().stream()
            .sorted((a, b) -> Long.compare(b.timestampMillis(), a.timestampMillis()))
            .limit(Math.min(last, most))
            .toList();
    for (int i = newest.size() - 1; i >= 0; i--) {
      show(newest.get(i), all);
      shown++;
    }
    while (shown < most && reader.liveVersion().equals(OptionalLong.of(version))) {
      for (StoredEmbedding change : reader.poll(Duration.ofSeconds(1))) {
        if (change.vector() == null) {
          if (all.remove(change.imageId()) == null && !filter.isEmpty()) {
            continue;
          }
          System.out.println(
              json ? line(change, null, 0) : TerminalText.plain(change.imageId()) + "  forgotten");
        } else if (!passes(change)) {
          all.remove(change.imageId());
          continue;
        } else {
          all.put(change.imageId(), change);
          show(change, all);
        }
        if (++shown >= most) {
          break;
        }
      }
    }
    return shown;
  }

  private boolean passes(StoredEmbedding image) {
    return image.headers().entrySet().containsAll(filter.entrySet());
  }

  private void show(StoredEmbedding image, Map<String, StoredEmbedding> all) {
    StoredEmbedding nearest = null;
    double best = -2;
    for (StoredEmbedding other : all.values()) {
      double cosine = dot(image.vector(), other.vector());
      if (cosine > best && !other.imageId().equals(image.imageId())) {
        best = cosine;
        nearest = other;
      }
    }
    if (json) {
      System.out.println(line(image, nearest, best));
      return;
    }
    System.out.printf(
        Locale.ROOT,
        "%-40s %7d %9.3f  %-40s %6s%n",
        TerminalText.plain(called(image)),
        image.version(),
        image.norm(),
        nearest == null ? "–" : TerminalText.plain(called(nearest)),
        nearest == null ? "–" : String.format(Locale.ROOT, "%.3f", best));
  }

  /** An image's name where it came from, and its id: the one tells, the other finds. */
  private static String called(StoredEmbedding image) {
    String name = image.subject();
    return name == null || name.equals(image.imageId())
        ? image.imageId()
        : name + " (" + image.imageId() + ")";
  }

  private static String line(
      StoredEmbedding image, @Nullable StoredEmbedding nearest, double cosine) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("image", image.imageId()).put("version", image.version());
    if (image.vector() == null) {
      return out.put("forgotten", true).toString();
    }
    if (image.subject() != null) {
      out.put("name", image.subject());
    }
    if (!image.headers().isEmpty()) {
      ObjectNode headers = out.putObject("headers");
      image.headers().forEach(headers::put);
    }
    out.put("norm", image.norm());
    if (nearest != null) {
      out.put("nearest", nearest.imageId()).put("cosine", cosine);
      if (nearest.subject() != null) {
        out.put("nearestName", nearest.subject());
      }
    }
    return out.toString();
  }

  private static double dot(float @Nullable [] a, float @Nullable [] b) {
    double sum = 0;
    for (int i = 0; a != null && b != null && i < Math.min(a.length, b.length); i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
