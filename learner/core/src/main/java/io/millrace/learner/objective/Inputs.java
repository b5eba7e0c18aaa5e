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

  /** The tensor under this name, of any shape. */
  Tensor tensor(String name) {
    Tensor tensor = inputs.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          objective + " needs the input '" + name + "', got " + new TreeSet<>(inputs.keySet()));
    }
    return tensor;
  }

  /** The matrix under this name. */
  Tensor matrix(String name) {
    return ofRank(2, "two", name);
  }

  /** The feature map [N, C, H, W] under this name. */
  Tensor map(String name) {
    return ofRank(4, "four", name);
  }

  private Tensor ofRank(int rank, String inWords, String name) {
    Tensor tensor = tensor(name);
    if (tensor.shape().length != rank) {
      throw new IllegalArgumentException(
          objective
              + ": '"
              + name
              + "' has shape "
              + Arrays.toString(tensor.shape())
              + ", expected "
              + inWords
              + " dimensions");
    }
    return tensor;
  }

  /** The matrices under these names, which must be of one shape. */
  Tensor[] pair(String name, String other) {
    Tensor a = matrix(name);
    Tensor b = matrix(other);
    equal("rows", a.size(0), name, b.size(0), other);
    equal("columns", a.size(1), name, b.size(1), other);
    return new Tensor[] {a, b};
  }

  /** Refuses two tensors that ought to be of one shape and are not. */
  void sameShape(Tensor a, String name, Tensor b, String other) {
    if (!Arrays.equals(a.shape(), b.shape())) {
      throw new IllegalArgumentException(
          objective
              + ": '"
              + name
              + "' has shape "
              + Arrays.toString(a.shape())
              + ", '"
              + other
              + "' has shape "
              + Arrays.toString(b.shape())
              + ": expected the same");
    }
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

  /** Refuses rows that are no whole number of views of each image. */
  void multiple(long a, String name, long images, String other) {
    if (a == 0 || a % images != 0) {
      throw new IllegalArgumentException(
          objective
              + ": '"
              + name
              + "' has "
              + a
              + " rows: expected a multiple of the "
              + images
              + " images of '"
              + other
              + "'");
    }
  }

  /** Refuses a length that is too small. */
  void atLeast(String what, long a, String name, long least) {
    if (a < least) {
      throw new IllegalArgumentException(
          objective + ": '" + name + "' has " + a + " " + what + ": expected at least " + least);
    }
  }
}
