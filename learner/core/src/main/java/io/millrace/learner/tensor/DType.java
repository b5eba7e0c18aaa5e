package io.millrace.learner.tensor;

/** Element type of a {@link Tensor}. Half precision lives inside an engine and never surfaces. */
public enum DType {
  FLOAT32(4),
  FLOAT64(8);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }
}
