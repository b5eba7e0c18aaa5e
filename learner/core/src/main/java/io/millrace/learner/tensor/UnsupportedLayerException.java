package io.millrace.learner.tensor;

/** A layer that an engine or a file format lacks. */
public final class UnsupportedLayerException extends UnsupportedOperationException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message names the layer, who lacks it and who has it
   */
  public UnsupportedLayerException(String message) {
    super(message);
  }
}
