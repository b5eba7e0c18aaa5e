package io.millrace.learner.torch;

import io.millrace.learner.tensor.Shapes;

/** An input that a layer cannot take. */
final class LayerException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  LayerException(String layer, long[] shape, RuntimeException cause) {
    super("layer " + layer + " on " + Shapes.text(shape) + ": " + Native.firstLine(cause), cause);
  }
}
