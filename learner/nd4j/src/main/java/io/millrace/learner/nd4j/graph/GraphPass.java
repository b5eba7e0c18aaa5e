package io.millrace.learner.nd4j.graph;

import io.millrace.learner.nd4j.kernel.Memory;
import io.millrace.learner.nd4j.tensor.Buffers;
import io.millrace.learner.tensor.Mode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One pass through a graph, as its vertices see it. Owns every array made on the way: with a
 * backward pass to come until the end, else until the last vertex has read it.
 */
public final class GraphPass implements Memory {
  private final Buffers buffers;
  private final DataType type;
  private final Map<DataBuffer, Integer> readers = new IdentityHashMap<>();
  private final Map<String, INDArray> taps = new HashMap<>();
  private final Map<String, INDArray> tapGradients = new HashMap<>();
  private final INDArray nothing;
  private Mode mode = Mode.EVAL;
  private boolean keepsGraph;
  private boolean wantInput;
  private boolean accumulate;
  private @Nullable INDArray inputGradient;

  public GraphPass(Buffers buffers, DataType type) {
    this.buffers = buffers;
    this.type = type;
    this.nothing = Nd4j.scalar(type, 0);
  }

  public void forward(Mode mode, boolean keepsGraph) {
    this.mode = mode;
    this.keepsGraph = keepsGraph;
  }

  public void backward(boolean wantInput, boolean accumulate) {
    this.wantInput = wantInput;
    this.accumulate = accumulate;
  }

  public Mode mode() {
    return mode;
  }

  public boolean wantInput() {
    return wantInput;
  }

  public boolean accumulate() {
    return accumulate;
  }

  /** Stands for a derivative that is zero, without its shape: vertices hand it on unread. */
  public INDArray nothing() {
    return nothing;
  }

  // Memory.

  @Override
  public INDArray take(long... shape) {
    INDArray array = buffers.take(type, shape);
    if (!array.isEmpty()) {
      readers.put(array.data(), 1);
    }
    return array;
  }

  @Override
  public INDArray scratch(long... shape) {
    return take(shape);
  }

  @Override
  public void giveBack(INDArray array) {
    if (owns(array)) {
      readers.remove(array.data());
      buffers.giveBack(array.data());
    }
  }

  public boolean owns(INDArray array) {
    return !array.isEmpty() && readers.containsKey(array.data());
  }

  /** A copy that this pass owns. */
  public INDArray copy(INDArray array) {
    INDArray copy = take(array.shape());
    copy.assign(array);
    return copy;
  }

  /** Counts who will read a result besides those counted before (it may share storage). */
  public void produced(INDArray array, boolean fresh, int consumers) {
    if (owns(array)) {
      readers.merge(array.data(), fresh ? consumers - 1 : consumers, Integer::sum);
    }
  }

  /** One reader fewer: without a backward pass to come, the last one's leaving frees. */
  public void consumed(INDArray array) {
    if (!keepsGraph && owns(array) && readers.merge(array.data(), -1, Integer::sum) <= 0) {
      giveBack(array);
    }
  }

  /** Hands an array's memory to a tensor that outlives this pass. */
  public void disown(INDArray array) {
    readers.remove(array.data());
  }

  // Taps and the input.

  public void tapped(String name, INDArray array) {
    taps.put(name, array);
  }

  public Map<String, INDArray> taps() {
    return taps;
  }

  public void enterAt(String tap, INDArray gradient) {
    tapGradients.put(tap, gradient);
  }

  @Nullable INDArray gradientAt(String tap) {
    return tapGradients.get(tap);
  }

  public void inputGradient(INDArray gradient) {
    inputGradient = gradient;
  }

  @Nullable INDArray inputGradient() {
    return inputGradient;
  }

  /** Gives back all that is left. */
  public void end() {
    List<DataBuffer> left = new ArrayList<>(readers.keySet());
    readers.clear();
    left.forEach(buffers::giveBack);
    taps.clear();
    tapGradients.clear();
    inputGradient = null;
  }
}
