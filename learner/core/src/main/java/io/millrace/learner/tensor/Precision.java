package io.millrace.learner.tensor;

/**
 * Arithmetic an engine works in. {@code BF16} keeps parameters, gradients and every surfaced tensor
 * in float32 and runs convolutions and matrix products of networks in bfloat16.
 */
public enum Precision {
  FLOAT32(DType.FLOAT32),
  BF16(DType.FLOAT32),
  FLOAT64(DType.FLOAT64);

  private final DType storage;

  Precision(DType storage) {
    this.storage = storage;
  }

  /** The element type tensors and flat vectors are stored in. */
  public DType storage() {
    return storage;
  }
}
