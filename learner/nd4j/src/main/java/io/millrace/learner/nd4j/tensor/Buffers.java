package io.millrace.learner.nd4j.tensor;

import io.millrace.learner.tensor.Shapes;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Native memory by length. A training step asks for the same lengths again and again, and fresh
 * pages cost more than most operations; ND4J itself frees when the collector comes by. What lies
 * here unused never exceeds the most that was in use at a time.
 */
final class Buffers implements AutoCloseable {
  private record Size(DataType type, long length) {
    long bytes() {
      return length * type.width();
    }
  }

  private final Map<DataBuffer, Map<String, INDArray>> arrays =
      Collections.synchronizedMap(new IdentityHashMap<>());
  private final Map<Size, Deque<DataBuffer>> free = new HashMap<>();
  private final LinkedHashSet<Size> leastRecent = new LinkedHashSet<>();
  private long used;
  private long mostUsed;
  private long unused;
  private boolean closed;

  /** A row-major array of undefined content. */
  INDArray take(DataType type, long... shape) {
    long length = Shapes.count(shape);
    if (length == 0) {
      return Nd4j.create(type, shape);
    }
    return array(buffer(type, length), shape);
  }

  /**
   * Row-major over the start of a buffer of {@link #buffer}. Kept with the buffer: to make an array
   * takes ND4J longer than most operations on a small one.
   */
  INDArray array(DataBuffer buffer, long... shape) {
    return arrays
        .computeIfAbsent(buffer, b -> new ConcurrentHashMap<>())
        .computeIfAbsent(
            Shapes.text(shape), s -> Nd4j.create(buffer, shape, strides(shape), 0, 'c'));
  }

  /** Row-major strides. */
  static long[] strides(long... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    return strides;
  }

  /** Memory of undefined content. */
  synchronized DataBuffer buffer(DataType type, long length) {
    var size = new Size(type, length);
    used += size.bytes();
    mostUsed = Math.max(mostUsed, used);
    Deque<DataBuffer> some = free.get(size);
    DataBuffer found = some == null ? null : some.pollLast();
    if (found != null) {
      unused -= size.bytes();
      touch(size);
      return found;
    }
    // Outside any workspace that Deeplearning4j may have open on this thread.
    return Nd4j.createBuffer(type, length, false, null);
  }

  /** Takes an array of {@link #take} back. Views of it must not be read any more. */
  void giveBack(INDArray array) {
    if (!array.isEmpty()) {
      giveBack(array.data());
    }
  }

  synchronized void giveBack(DataBuffer buffer) {
    var size = new Size(buffer.dataType(), buffer.length());
    used -= size.bytes();
    if (closed) {
      free(buffer);
      return;
    }
    free.computeIfAbsent(size, s -> new ArrayDeque<>()).addLast(buffer);
    unused += size.bytes();
    touch(size);
    shrink();
  }

  private void touch(Size size) {
    leastRecent.remove(size);
    leastRecent.add(size);
  }

  private void shrink() {
    Iterator<Size> oldest = leastRecent.iterator();
    while (unused > mostUsed && oldest.hasNext()) {
      Size size = oldest.next();
      Deque<DataBuffer> some = free.getOrDefault(size, new ArrayDeque<>());
      while (unused > mostUsed && !some.isEmpty()) {
        free(some.removeFirst());
        unused -= size.bytes();
      }
      if (some.isEmpty()) {
        free.remove(size);
        oldest.remove();
      }
    }
  }

  private void free(DataBuffer buffer) {
    arrays.remove(buffer);
    buffer.close();
  }

  /** Bytes handed out and not given back. */
  synchronized long used() {
    return used;
  }

  @Override
  public synchronized void close() {
    closed = true;
    free.values().forEach(some -> some.forEach(this::free));
    free.clear();
    leastRecent.clear();
    unused = 0;
  }
}
