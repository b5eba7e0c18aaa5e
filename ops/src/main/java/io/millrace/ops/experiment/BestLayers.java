package io.millrace.ops.experiment;

import io.millrace.learner.compare.MethodResult;
import io.millrace.learner.evaluate.LayerMetrics;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.TextTable;
import java.util.Comparator;
import java.util.Map;

/** The layer of each result that represents images best, by kNN of what a release would hold. */
final class BestLayers {
  private BestLayers() {}

  /**
   * A row for each result whose layers were measured; empty where none were.
   *
   * @param what the results' names are
   * @param results by name, in the order they are shown in
   */
  static TextTable table(String what, Map<String, MethodResult> results) {
    var table = new TextTable(what, "best layer", "features", "kNN %", "white kNN %", "linear %");
    results.forEach(
        (name, result) ->
            result.layers().stream()
                .max(Comparator.comparingDouble(BestLayers::served))
                .ifPresent(best -> row(table, name, best)));
    return table;
  }

  private static void row(TextTable table, String name, LayerMetrics layer) {
    Double white = layer.whitenedKnn();
    table.row(
        name,
        layer.name(),
        NumberText.count(layer.features()),
        NumberText.percent(layer.knn()),
        white == null ? NumberText.NONE : NumberText.percent(white),
        NumberText.percent(layer.linear()));
  }

  /** Releases are whitened where they can be. */
  private static double served(LayerMetrics layer) {
    Double white = layer.whitenedKnn();
    return white == null ? layer.knn() : white;
  }
}
