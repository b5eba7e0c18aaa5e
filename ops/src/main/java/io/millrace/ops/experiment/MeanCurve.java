package io.millrace.ops.experiment;

import java.util.ArrayList;
import java.util.List;

/** A line through means over runs; a point that no run has a value for is left out. */
final class MeanCurve {
  private final List<Double> x = new ArrayList<>();
  private final List<Double> y = new ArrayList<>();

  /**
   * Adds a point.
   *
   * @param places of the runs
   * @param values of the runs; not finite where a run has none
   */
  void add(double[] places, double[] values) {
    MeanStd value = MeanStd.of(values);
    if (value.runs() > 0) {
      x.add(MeanStd.of(places).mean());
      y.add(value.mean());
    }
  }

  /** Adds the line to others, where it has a point. */
  void addTo(List<Plot.Curve> curves, String name) {
    if (!x.isEmpty()) {
      curves.add(new Plot.Curve(name, x, y));
    }
  }
}
