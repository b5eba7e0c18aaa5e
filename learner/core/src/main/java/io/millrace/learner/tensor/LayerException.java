package io.millrace.learner.tensor;

import org.jspecify.annotations.Nullable;

/** An input that a layer cannot take. */
public final class LayerException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * @param layer dotted name, the network's first
   * @param shape of the input
   * @param why, as text for the user
   */
  public LayerException(String layer, long[] shape, String why, @Nullable RuntimeException cause) {
    super("layer " + layer + " on " + Shapes.text(shape) + ": " + why, cause);
  }
}
