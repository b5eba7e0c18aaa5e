package io.millrace.learner.tensor;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** A row-major array on the host with literal loops: what engines are compared with. */
record HostArray(double[] values, long... shape) {

  HostArray {
    if (values.length != Shapes.count(shape)) {
      throw new IllegalArgumentException(values.length + " values in " + Shapes.text(shape));
    }
  }

  static HostArray zeros(long... shape) {
    return new HostArray(new double[(int) Shapes.count(shape)], shape);
  }

  /** Normal numbers, in a sequence fixed by the seed. */
  static HostArray random(long seed, long... shape) {
    var random = new Random(seed);
    HostArray result = zeros(shape);
    Arrays.setAll(result.values, i -> random.nextGaussian());
    return result;
  }

  static HostArray of(Tensor tensor) {
    return new HostArray(tensor.toDoubles(), tensor.shape());
  }

  Tensor on(Engine engine) {
    return engine.tensor(values, shape);
  }

  double at(long... index) {
    return values[offset(index)];
  }

  HostArray set(double value, long... index) {
    values[offset(index)] = value;
    return this;
  }

  HostArray plus(double value, long... index) {
    values[offset(index)] += value;
    return this;
  }

  private int offset(long... index) {
    long offset = 0;
    for (int i = 0; i < shape.length; i++) {
      offset = offset * shape[i] + index[i];
    }
    return (int) offset;
  }

  /** The index of the n-th element. */
  long[] index(int n) {
    long[] index = new long[shape.length];
    long rest = n;
    for (int i = shape.length - 1; i >= 0; i--) {
      index[i] = rest % shape[i];
      rest /= shape[i];
    }
    return index;
  }

  HostArray map(DoubleUnaryOperator function) {
    return new HostArray(Arrays.stream(values).map(function).toArray(), shape);
  }

  /** Elementwise over operands broadcast to {@code target}. */
  static HostArray zip(HostArray a, HostArray b, long[] target, DoubleBinaryOperator function) {
    HostArray result = zeros(target);
    for (int n = 0; n < result.values.length; n++) {
      long[] index = result.index(n);
      result.values[n] = function.applyAsDouble(a.broadcastAt(index), b.broadcastAt(index));
    }
    return result;
  }

  private double broadcastAt(long[] index) {
    long[] own = new long[shape.length];
    for (int i = 0; i < own.length; i++) {
      long wanted = index[index.length - own.length + i];
      own[i] = shape[i] == 1 ? 0 : wanted;
    }
    return at(own);
  }

  /** Folds the given dimensions to length 1. */
  HostArray fold(double start, DoubleBinaryOperator function, int... dims) {
    long[] folded = shape.clone();
    for (int dim : dims) {
      folded[dim] = 1;
    }
    HostArray result = zeros(folded).map(x -> start);
    for (int n = 0; n < values.length; n++) {
      long[] index = index(n);
      for (int dim : dims) {
        index[dim] = 0;
      }
      result.set(function.applyAsDouble(result.at(index), values[n]), index);
    }
    return result;
  }

  HostArray reshaped(long... wanted) {
    return new HostArray(values, wanted);
  }
}
