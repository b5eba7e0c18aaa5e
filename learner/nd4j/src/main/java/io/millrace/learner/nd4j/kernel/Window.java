package io.millrace.learner.nd4j.kernel;

/** A square window that moves over images: its side, its step and the border around the image. */
record Window(int kernel, int stride, int padding) {

  /**
   * Places of the window along a side.
   *
   * @throws IllegalArgumentException when there is none
   */
  long places(long side) {
    long places = Math.floorDiv(side + 2L * padding - kernel, stride) + 1;
    if (places < 1) {
      throw new IllegalArgumentException("the image is smaller than the kernel of " + kernel);
    }
    return places;
  }

  /** The side that has so many places, without rest. */
  long side(long places) {
    return (places - 1) * stride - 2L * padding + kernel;
  }

  /** For convolutions: no dilation, explicit padding, images NCHW, weights OIHW. */
  int[] convolving() {
    return arguments(1);
  }

  /** For pooling: no dilation, explicit padding, images NCHW. */
  int[] pooling() {
    return arguments(0);
  }

  private int[] arguments(int last) {
    return new int[] {kernel, kernel, stride, stride, padding, padding, 1, 1, 0, 0, last};
  }
}
