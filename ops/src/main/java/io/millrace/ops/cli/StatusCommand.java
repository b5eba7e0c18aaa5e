package io.millrace.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.TerminalText;
import io.millrace.ops.terminal.TextTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Says how a running process is doing: stream, learner, serving, releases, health.",
      "Asks the process over HTTP, where http.host and http.port of the configuration say."
    },
    footer = {
      "",
      "Examples:",
      "  millrace status",
      "  millrace status --phases",
      "  millrace status --url http://learner.example:8470 --json",
      "",
      "Exit code 1 where no process answers or one of its checks fails."
    })
final class StatusCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Mixin private PresetOptions common = new PresetOptions();

  @Mixin private ProcessOptions process = new ProcessOptions();

  @Option(names = "--json", description = "Print the status as JSON.")
  private boolean json;

  @Option(
      names = "--phases",
      description = "Print where the time of the learner's updates goes, by phase.")
  private boolean phases;

  @Override
  public Integer call() throws Exception {
    MillraceConfig config = common.read(MillraceConfig.defaults());
    String body = process.ask(config, "/api/status", null, PATIENCE);
    JsonNode status = new ObjectMapper().readTree(body);
    if (phases && !json) {
      JsonNode told = status.path("learner").path("phaseMillis");
      if (!told.isObject()) {
        throw new UserError("no learner runs in the process at " + process.address(config));
      }
      System.out.print(PhaseTable.of(told));
    } else {
      System.out.print(json ? body + System.lineSeparator() : table(status));
    }
    for (JsonNode check : status.path("health")) {
      if (!check.path("ok").asBoolean()) {
        return 1;
      }
    }
    return 0;
  }

  /** The status as a table for people. */
  static String table(JsonNode s) {
    TextTable rows = TextTable.withoutHead("");
    row(rows, "phase", s.path("phase").asText() + ", roles " + joined(s.path("roles")));
    JsonNode stream = s.path("stream");
    if (stream.isObject()) {
      row(
          rows,
          "published",
          count(stream.path("published"))
              + (stream.path("publishTotal").isNumber()
                  ? " of " + count(stream.path("publishTotal"))
                  : ""));
      row(
          rows,
          "accepted",
          count(stream.path("accepted"))
              + "  at "
              + number(stream.path("acceptedPerSecond"))
              + "/s");
      row(rows, "rejected", counts(stream.path("rejected")));
      row(rows, "ingest lag", count(stream.path("ingestLag")));
    }
    JsonNode learner = s.path("learner");
    if (learner.isObject()) {
      row(
          rows,
          "learner",
          learner.path("state").asText()
              + ", "
              + learner.path("method").asText()
              + " on "
              + learner.path("engine").asText()
              + ", "
              + learner.path("device").asText()
              + ", "
              + learner.path("precision").asText());
      row(
          rows,
          "steps",
          count(learner.path("steps"))
              + "  at "
              + number(learner.path("imagesPerSecond"))
              + " images/s");
      row(rows, "applied", count(learner.path("applied")) + ", lag " + count(learner.path("lag")));
      row(rows, "loss", number(learner.path("loss")) + ", skill " + number(learner.path("skill")));
      group(rows, learner.path("group"));
      var monitors = new TreeMap<String, JsonNode>();
      learner
          .path("monitors")
          .properties()
          .forEach(monitor -> monitors.put(monitor.getKey(), monitor.getValue()));
      monitors.forEach((name, value) -> row(rows, name, number(value)));
    }
    JsonNode serving = s.path("serving");
    if (serving.isObject()) {
      row(
          rows,
          "serving",
          (serving.path("version").isTextual()
                  ? "version " + serving.path("version").asText()
                  : "no version yet")
              + ", "
              + count(serving.path("embeddings"))
              + " embedded, lag "
              + count(serving.path("lag")));
      if (serving.path("refresh").isTextual()) {
        row(
            rows,
            "refresh",
            "version "
                + serving.path("refresh").asText()
                + String.format(
                    Locale.ROOT, ", %.0f %%", 100 * serving.path("refreshShare").asDouble()));
      }
      row(
          rows,
          "search",
          serving.path("searched").isTextual()
              ? "version "
                  + serving.path("searched").asText()
                  + ", "
                  + count(serving.path("searchable"))
                  + " images"
              : "nothing to search yet");
    }
    JsonNode releases = s.path("releases");
    row(
        rows,
        "release",
        releases.isEmpty()
            ? "none yet"
            : releases.get(0).path("version").asText()
                + " at step "
                + count(releases.get(0).path("step"))
                + ", "
                + releases.get(0).path("gate").asText()
                + reason(releases.get(0).path("reason").asText()));
    for (JsonNode check : s.path("health")) {
      row(
          rows,
          (check.path("ok").asBoolean() ? "ok " : "FAILS ") + check.path("name").asText(),
          check.path("detail").asText());
    }
    return rows.toString();
  }

  private static void group(TextTable rows, JsonNode group) {
    if (!group.isObject()) {
      return;
    }
    int rank = group.path("rank").asInt(-1);
    row(
        rows,
        "group",
        rank < 0
            ? group.path("phase").asText() + ": " + group.path("doing").asText()
            : "rank %d of %d, generation %s, epoch %s, led by %s, %s"
                .formatted(
                    rank,
                    group.path("size").asInt(),
                    count(group.path("generation")),
                    count(group.path("epoch")),
                    group.path("leader").asText(),
                    group.path("doing").asText()));
    for (JsonNode member : group.path("members")) {
      double wait = member.path("waitSeconds").asDouble();
      double all = wait + member.path("computeSeconds").asDouble();
      row(
          rows,
          "  " + (member.path("rank").asInt(-1) < 0 ? "-" : member.path("rank").asText()),
          member.path("name").asText()
              + ", "
              + member.path("state").asText()
              + (all > 0
                  ? String.format(Locale.ROOT, ", %.0f %% in collectives", 100 * wait / all)
                  : "")
              + (member.path("name").asText().equals(group.path("slowest").asText(""))
                  ? ", the slowest"
                  : ""));
    }
  }

  private static void row(TextTable rows, String name, String value) {
    rows.row(TerminalText.plain(name), TerminalText.plain(value));
  }

  private static String reason(String given) {
    return given.isEmpty() ? "" : " (" + given + ")";
  }

  private static String joined(JsonNode list) {
    var out = new ArrayList<String>();
    list.forEach(n -> out.add(n.asText()));
    return String.join(", ", out);
  }

  private static String counts(JsonNode counts) {
    var out = new ArrayList<String>();
    counts.properties().forEach(e -> out.add(e.getKey() + " " + count(e.getValue())));
    return out.isEmpty() ? "0" : String.join(", ", out);
  }

  private static String count(JsonNode n) {
    return n.isNumber() ? NumberText.count(n.asLong()) : NumberText.NONE;
  }

  private static String number(JsonNode n) {
    return n.isNumber() ? NumberText.of(n.asDouble()) : NumberText.NONE;
  }
}
