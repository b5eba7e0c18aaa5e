package io.millrace.learner.nd4j;

import org.nd4j.linalg.api.buffer.DataBuffer;

/** Memory that a tensor and its views share; the last to close gives it back. */
final class Storage {
  private final Buffers buffers;
  private final DataBuffer buffer;
  private int holders = 1;

  Storage(Buffers buffers, DataBuffer buffer) {
    this.buffers = buffers;
    this.buffer = buffer;
  }

  DataBuffer buffer() {
    return buffer;
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
