package io.millrace.ops.experiment;

import io.millrace.learner.compare.MethodResult;
import io.millrace.learner.evaluate.ProbeMetrics;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.TextTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An arm's probes less those of the first arm of its method, with the same seed; in percentage
 * points.
 *
 * @param against the first arm of the method that has a result
 * @param whitenedKnn of PCA-whitened features, as {@code whitenedLinear}; null where one of the two
 *     has none
 */
record ArmDifference(
    String arm,
    String against,
    long seed,
    double knn,
    double linear,
    @Nullable Double whitenedKnn,
    @Nullable Double whitenedLinear) {

  /** In the order of the runs, of all that have probes and a counterpart. */
  static List<ArmDifference> of(List<TrialRun> runs) {
    var first = new HashMap<String, String>(); // arm by method
    var results = new HashMap<String, Map<Long, MethodResult>>(); // by arm and seed
    for (TrialRun run : runs) {
      MethodResult result = run.result();
      if (result != null) {
        first.putIfAbsent(result.method(), run.arm());
        results.computeIfAbsent(run.arm(), arm -> new HashMap<>()).put(run.seed(), result);
      }
    }
    var out = new ArrayList<ArmDifference>();
    for (TrialRun run : runs) {
      MethodResult result = run.result();
      String against = result == null ? run.arm() : first.get(result.method());
      if (result == null || against == null || against.equals(run.arm())) {
        continue;
      }
      MethodResult other = results.getOrDefault(against, Map.of()).get(run.seed());
      ProbeMetrics own = result.trained();
      ProbeMetrics theirs = other == null ? null : other.trained();
      if (own != null && theirs != null) {
        ProbeMetrics white = result.whitened();
        ProbeMetrics theirWhite = other.whitened();
        boolean whitened = white != null && theirWhite != null;
        out.add(
            new ArmDifference(
                run.arm(),
                against,
                run.seed(),
                own.knn() - theirs.knn(),
                own.linear() - theirs.linear(),
                whitened ? white.knn() - theirWhite.knn() : null,
                whitened ? white.linear() - theirWhite.linear() : null));
      }
    }
    return out;
  }

  /** A row for each arm: mean and deviation of each metric, and behind them seed by seed. */
  static TextTable table(List<ArmDifference> differences) {
    var table = new TextTable("seed by seed", "less", "kNN", "linear", "white kNN", "white linear");
    Collection<List<ArmDifference>> byArm =
        differences.stream()
            .collect(
                Collectors.groupingBy(ArmDifference::arm, LinkedHashMap::new, Collectors.toList()))
            .values();
    for (List<ArmDifference> arm : byArm) {
      table.row(
          arm.get(0).arm(),
          arm.get(0).against(),
          cell(arm, ArmDifference::knn),
          cell(arm, ArmDifference::linear),
          cell(arm, d -> orNaN(d.whitenedKnn())),
          cell(arm, d -> orNaN(d.whitenedLinear())));
    }
    return table;
  }

  private static double orNaN(@Nullable Double value) {
    return value == null ? Double.NaN : value;
  }

  private static String cell(List<ArmDifference> arm, ToDoubleFunction<ArmDifference> metric) {
    double[] values = arm.stream().mapToDouble(metric).toArray();
    return MeanStd.of(values).text()
        + Arrays.stream(values)
            .mapToObj(
                v -> Double.isNaN(v) ? NumberText.NONE : String.format(Locale.ROOT, "%+.1f", v))
            .collect(Collectors.joining(" ", " (", ")"));
  }
}
