package io.millrace.learner.nd4j.tensor;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Memory that a tensor and its views share; the last to close gives it back. */
final class Storage {
  private final Buffers buffers;
  private final DataBuffer buffer;
  private int holders = 1;

  Storage(Buffers buffers, DataBuffer buffer) {
    this.buffers = buffers;
    this.buffer = buffer;
  }

  /** The elements from {@code offset} on with these strides. */
  INDArray array(long offset, long[] shape, long[] strides) {
    return offset == 0 && Arrays.equals(strides, Buffers.strides(shape))
        ? buffers.array(buffer, shape)
        : Nd4j.create(buffer, shape, strides, offset, 'c');
  }

  synchronized Storage hold() {
    holders++;
    return this;
  }

  synchronized void release() {
    if (--holders == 0) {
      buffers.giveBack(buffer);
    }
  }
}
