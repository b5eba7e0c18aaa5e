package io.millrace.learner.augment;

/**
 * The view of {@link EvalView}, mirrored with a probability: what OBoW's teacher sees.
 *
 * @param resize what the shorter side is resized to, in pixels
 * @param size side of the square taken from the centre, in pixels
 * @param flip probability of mirroring
 */
record CentreCrop(int resize, int size, double flip) implements Crop {
  @Override
  public int views() {
    return 1;
  }

  @Override
  public Window[] windows(int width, int height, Draws draws, int image) {
    boolean mirrored = draws.ofImage("crop", image).nextDouble() < flip;
    return new Window[] {Window.centre(width, height, resize, size, mirrored)};
  }
}
