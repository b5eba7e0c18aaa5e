package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeSet;

/** Checked access to an objective's named inputs. */
final class Inputs {
  private final String objective;
  private final Map<String, Tensor> inputs;

  Inputs(String objective, Map<String, Tensor> inputs) {
    this.objective = objective;
    this.inputs = inputs;
  }

  /** The matrix under this name. */
  Tensor matrix(String name) {
    Tensor tensor = inputs.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          objective + " needs the input '" + name + "', got " + new TreeSet<>(inputs.keySet()));
    }
    if (tensor.shape().length != 2) {
      throw new IllegalArgumentException(
          objective
              + ": '"
              + name
              + "' has shape "
              + Arrays.toString(tensor.shape())
              + ", expected two dimensions");
    }
    return tensor;
  }

  /** Refuses lengths that ought to be equal and are not. */
  void equal(String what, long a, String name, long b, String other) {
    if (a != b) {
      throw new IllegalArgumentException(
          objective
              + ": '"
              + name
              + "' has "
              + a
              + " "
              + what
              + ", '"
              + other
              + "' has "
              + b
              + ": expected as many");
    }
  }
}
