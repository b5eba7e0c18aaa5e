package io.millrace.ops.dashboard;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Metrics over the whole run in bounded memory: when it is full, neighbors are averaged pairwise
 * and the time between points doubles, so an endless run keeps its shape.
 */
final class History {
  private static final MathContext SIX_DIGITS = new MathContext(6);

  private final int capacity;
  private final List<Point> points = new ArrayList<>();
  private final List<Point> waiting = new ArrayList<>();
  private int perPoint = 1;

  /**
   * @param capacity points to keep; even, 2 or more
   */
  public History(int capacity) {
    if (capacity < 2 || capacity % 2 != 0) {
      throw new IllegalArgumentException("capacity is " + capacity + ": expected even, 2 or more");
    }
    this.capacity = capacity;
  }

  /** Adds what was measured at a time; values that are not finite are skipped. */
  public synchronized void add(double seconds, Map<String, Double> values) {
    var finite = new TreeMap<String, Double>();
    values.forEach(
        (name, value) -> {
          if (Double.isFinite(value)) {
            finite.put(name, value);
          }
        });
    waiting.add(new Point(seconds, finite));
    if (waiting.size() < perPoint) {
      return;
    }
    points.add(mean(waiting));
    waiting.clear();
    if (points.size() == capacity) {
      var half = new ArrayList<Point>();
      for (int i = 0; i < capacity; i += 2) {
        half.add(mean(points.subList(i, i + 2)));
      }
      points.clear();
      points.addAll(half);
      perPoint *= 2;
    }
  }

  /**
   * Puts what was measured before this process began in front; nothing where there is any point.
   */
  synchronized void restore(Columns before) {
    if (!points.isEmpty() || !waiting.isEmpty()) {
      return;
    }
    for (int i = 0; i < before.seconds().size(); i++) {
      var values = new TreeMap<String, Double>();
      for (Map.Entry<String, List<@Nullable Double>> one : before.series().entrySet()) {
        Double value = one.getValue().get(i);
        if (value != null) {
          values.put(one.getKey(), value);
        }
      }
      add(before.seconds().get(i), values);
    }
  }

  /** The points so far as columns, to six digits; null where a metric has no value at a time. */
  public synchronized Columns columns() {
    var all = new ArrayList<Point>(points);
    if (!waiting.isEmpty()) {
      all.add(mean(waiting));
    }
    Set<String> names = new LinkedHashSet<>();
    all.forEach(p -> names.addAll(p.values().keySet()));
    var series = new TreeMap<String, List<@Nullable Double>>();
    for (String name : names) {
      var column = new ArrayList<@Nullable Double>();
      for (Point p : all) {
        Double value = p.values().get(name);
        column.add(value == null ? null : (Double) rounded(value));
      }
      series.put(name, column);
    }
    return new Columns(all.stream().map(Point::seconds).toList(), series);
  }

  /** Nobody sees more on a chart, and a page that opens gets hundreds of columns. */
  static double rounded(double value) {
    return new BigDecimal(value).round(SIX_DIGITS).doubleValue();
  }

  private static Point mean(List<Point> of) {
    var sums = new TreeMap<String, double[]>();
    double seconds = 0;
    for (Point p : of) {
      seconds += p.seconds();
      p.values()
          .forEach(
              (name, value) -> {
                double[] sum = sums.computeIfAbsent(name, n -> new double[2]);
                sum[0] += value;
                sum[1]++;
              });
    }
    var means = new TreeMap<String, Double>();
    sums.forEach((name, sum) -> means.put(name, sum[0] / sum[1]));
    return new Point(seconds / of.size(), means);
  }

  private record Point(double seconds, Map<String, Double> values) {}

  /**
   * Points as columns.
   *
   * @param seconds Unix time of each point
   * @param series a value or null for each time, by metric
   */
  public record Columns(List<Double> seconds, Map<String, List<@Nullable Double>> series) {}
}
