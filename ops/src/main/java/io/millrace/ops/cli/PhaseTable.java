package io.millrace.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ops.terminal.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where a learner's time goes: milliseconds of a mean update by phase and their share. What is not
 * the step (waiting for decoded images, monitors, probe, checkpoints, releases) is summed up. The
 * updates of a released copy while its rate falls are steps, too.
 */
final class PhaseTable {
  private static final String STEP = "step";
  private static final String ANNEAL = "anneal";

  /** In the order of an update; methods may have others, which follow. */
  private static final List<String> ORDER =
      List.of("views", "forward", "objective", "backward", "optimiser", "ema");

  /** What comes between updates. */
  private static final List<String> BETWEEN =
      List.of("wait", "monitors", "probe", "checkpoint", "release");

  private PhaseTable() {}

  /**
   * The table.
   *
   * @param phases milliseconds by phase, as the status has them
   */
  static TextTable of(JsonNode phases) {
    var millis = new LinkedHashMap<String, Double>();
    for (String name : ORDER) {
      millis.put(name, phases.path(name).asDouble());
    }
    for (var phase : phases.properties()) {
      String name = phase.getKey();
      if (!BETWEEN.contains(name) && !name.equals(STEP) && !name.equals(ANNEAL)) {
        millis.putIfAbsent(name, phase.getValue().asDouble());
      }
    }
    double step = phases.path(STEP).asDouble();
    double inside = millis.values().stream().mapToDouble(Double::doubleValue).sum();
    millis.put("rest of the step", Math.max(0, step - inside));
    double anneal = phases.path(ANNEAL).asDouble();
    millis.put(ANNEAL, anneal);
    double between = 0;
    for (String name : BETWEEN) {
      double value = phases.path(name).asDouble();
      between += value;
      millis.put(name, value);
    }
    double all = Math.max(inside, step) + anneal + between;
    var table = new TextTable("phase", "ms an update", "share %");
    List<Map.Entry<String, Double>> rows = new ArrayList<>(millis.entrySet());
    rows.forEach(row -> table.row(row.getKey(), text(row.getValue()), share(row.getValue(), all)));
    table.row("all", text(all), share(all, all));
    table.note(
        "not the step: "
            + share(between, all)
            + " %; decoding runs beside, wait is what is left of it");
    table.note("anneal: the updates of released copies");
    return table;
  }

  private static String text(double millis) {
    return String.format(Locale.ROOT, "%.2f", millis);
  }

  private static String share(double millis, double all) {
    return String.format(Locale.ROOT, "%.1f", all > 0 ? 100 * millis / all : 0);
  }
}
