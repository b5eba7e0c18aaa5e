package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.Shapes;

/** An input that a layer cannot take. */
final class LayerException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  LayerException(String layer, long[] shape, RuntimeException cause) {
    super("layer " + layer + " on " + Shapes.text(shape) + ": " + cause.getMessage(), cause);
  }
}
