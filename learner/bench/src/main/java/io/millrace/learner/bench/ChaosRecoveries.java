package io.millrace.learner.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds up what runs of {@link ChaosBench} with several seeds wrote. */
@Command(name = "chaos-sum", description = "Adds up the results of several chaos runs.")
final class ChaosRecoveries extends Benchmark {
  private static final String EACH = "each, s";

  @Option(names = "--name", defaultValue = "chaos", description = "Of the sum's JSON.")
  String name = "chaos";

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "JSON of chaos runs.")
  List<Path> files = List.of();

  /**
   * A row of one part.
   *
   * @param sorted seconds of each recovery, ascending
   */
  static Map<String, Object> row(
      String part, List<Double> sorted, int ended, int lost, int doubled, int violations) {
    int n = sorted.size();
    return Result.row(
        "part",
        part,
        "kills",
        n,
        "median, s",
        n == 0 ? null : sorted.get(n / 2),
        "p90, s",
        n == 0 ? null : sorted.get(n * 9 / 10),
        "longest, s",
        n == 0 ? null : sorted.get(n - 1),
        "ended by itself",
        ended,
        "lost",
        lost,
        "doubled",
        doubled,
        "violations",
        violations,
        EACH,
        sorted.stream().map(s -> Math.round(s * 10) / 10.0).toList());
  }

  @Override
  Result measure() throws Exception {
    var each = new TreeMap<String, List<Double>>();
    var sums = new TreeMap<String, int[]>();
    for (Path file : files) {
      for (JsonNode row : new ObjectMapper().readTree(file.toFile()).path("rows")) {
        String part = row.path("part").asText();
        row.path(EACH)
            .forEach(s -> each.computeIfAbsent(part, p -> new ArrayList<>()).add(s.asDouble()));
        // Lost, doubled and violations are of a whole run: every row of it says the same.
        int[] sum = sums.computeIfAbsent(part, p -> new int[4]);
        sum[0] += row.path("ended by itself").asInt();
        sum[1] += row.path("lost").asInt();
        sum[2] += row.path("doubled").asInt();
        sum[3] += row.path("violations").asInt();
      }
    }
    var rows = new ArrayList<Map<String, Object>>();
    var all = new ArrayList<Double>();
    int ended = 0;
    int[] last = new int[4];
    for (ChaosPart part : ChaosPart.values()) {
      List<Double> found = each.getOrDefault(part.toString(), new ArrayList<>());
      last = sums.getOrDefault(part.toString(), new int[4]);
      rows.add(
          row(
              part.toString(),
              found.stream().sorted().toList(),
              last[0],
              last[1],
              last[2],
              last[3]));
      all.addAll(found);
      ended += last[0];
    }
    rows.add(row("all", all.stream().sorted().toList(), ended, last[1], last[2], last[3]));
    return new Result(
        name, "SIGKILL at random, " + files.size() + " runs of different seeds", rows);
  }
}
