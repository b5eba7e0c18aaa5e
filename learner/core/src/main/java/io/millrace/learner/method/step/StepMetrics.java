package io.millrace.learner.method.step;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Scalars of one update, fetched from the device together. */
public final class StepMetrics {
  private final Map<String, Tensor> scalars = new LinkedHashMap<>();

  /** Adds a tensor of one element. */
  void add(String name, Tensor scalar) {
    scalars.put(name, scalar);
  }

  /** Adds all of others under a prefix, but for some. */
  void addAll(String prefix, StepMetrics others, Set<String> but) {
    others.scalars.forEach(
        (name, scalar) -> {
          if (!but.contains(name)) {
            scalars.put(prefix + name, scalar);
          }
        });
  }

  /** One of them, a tensor [1]. */
  Tensor scalar(String name) {
    Tensor scalar = scalars.get(name);
    if (scalar == null) {
      throw new IllegalStateException("no metric '" + name + "'; there are " + scalars.keySet());
    }
    return scalar.reshape(1);
  }

  /** One of them, fetched at once. */
  double value(String name) {
    return scalar(name).item();
  }

  /** Values by name. */
  Map<String, Double> fetch(Engine engine) {
    List<Tensor> parts = new ArrayList<>();
    scalars.values().forEach(scalar -> parts.add(scalar.reshape(1)));
    double[] values = engine.concat(0, parts).toDoubles();
    var out = new LinkedHashMap<String, Double>();
    int i = 0;
    for (String name : scalars.keySet()) {
      out.put(name, values[i++]);
    }
    return out;
  }

  /**
   * Mean over dimensions of the deviation of z / ‖z‖, z [N, dimension], over the batch, a scalar:
   * about 1/√d when healthy, 0 in collapse.
   */
  public static Tensor featureDeviation(Tensor z) {
    Tensor norm = z.mul(z).sum(true, 1).sqrt().clamp(1e-12, Double.POSITIVE_INFINITY);
    Tensor unit = z.div(norm);
    Tensor centered = unit.sub(unit.mean(true, 0));
    return centered.mul(centered).mean(false, 0).sqrt().mean(false);
  }

  /** ‖teacher − student‖ / ‖student‖ over the parameters, a scalar. */
  public static Tensor distance(Network teacher, Network student) {
    Tensor s = student.parameters();
    Tensor difference = teacher.parameters().sub(s);
    return difference.mul(difference).sum(false).div(s.mul(s).sum(false)).sqrt();
  }
}
