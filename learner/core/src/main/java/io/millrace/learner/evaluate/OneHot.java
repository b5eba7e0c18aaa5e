package io.millrace.learner.evaluate;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/** Labels as targets of a cross-entropy. */
final class OneHot {
  private OneHot() {}

  /** [images, classes]; belongs to the open scope. */
  static Tensor of(Engine engine, List<Integer> labels, int classes) {
    double[] values = labels.stream().mapToDouble(Integer::doubleValue).toArray();
    return engine.tensor(values, values.length).oneHot(classes);
  }
}
