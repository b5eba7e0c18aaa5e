package io.millrace.learner.nd4j.tensor;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Row-major arrays to the host and back: straight memory copies where the array lies in the host's
 * memory, ND4J's own transfers where it lies on a device.
 */
final class HostCopy {
  private final boolean onHost;

  HostCopy(boolean onHost) {
    this.onHost = onHost;
  }

  void write(double[] values, INDArray to) {
    if (to.dataType() == DataType.FLOAT) {
      float[] narrowed = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        narrowed[i] = (float) values[i];
      }
      write(narrowed, to);
    } else if (onHost) {
      new DoublePointer(to.data().addressPointer()).put(values, 0, values.length);
    } else {
      try (INDArray host = Nd4j.createFromArray(values)) {
        to.assign(host.reshape(to.shape()));
      }
    }
  }

  void write(float[] values, INDArray to) {
    if (to.dataType() == DataType.DOUBLE) {
      double[] widened = new double[values.length];
      for (int i = 0; i < values.length; i++) {
        widened[i] = values[i];
      }
      write(widened, to);
    } else if (onHost) {
      new FloatPointer(to.data().addressPointer()).put(values, 0, values.length);
    } else {
      try (INDArray host = Nd4j.createFromArray(values)) {
        to.assign(host.reshape(to.shape()));
      }
    }
  }

  float[] floats(INDArray from) {
    if (from.dataType() == DataType.DOUBLE) {
      double[] wide = doubles(from);
      float[] values = new float[wide.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) wide[i];
      }
      return values;
    }
    if (!onHost) {
      return buffer(from).asFloat();
    }
    float[] values = new float[length(from)];
    new FloatPointer(from.data().addressPointer()).get(values, 0, values.length);
    return values;
  }

  double[] doubles(INDArray from) {
    if (from.dataType() == DataType.FLOAT) {
      float[] narrow = floats(from);
      double[] values = new double[narrow.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = narrow[i];
      }
      return values;
    }
    if (!onHost) {
      return buffer(from).asDouble();
    }
    double[] values = new double[length(from)];
    new DoublePointer(from.data().addressPointer()).get(values, 0, values.length);
    return values;
  }

  private static DataBuffer buffer(INDArray from) {
    return from.dup('c').data();
  }

  private static int length(INDArray from) {
    return Math.toIntExact(from.length());
  }
}
