package io.millrace.learner.augment;

/**
 * The view of {@link EvalView}, mirrored with a probability: what OBoW's teacher sees.
 *
 * @param resize what the shorter side is resized to, in pixels
 * @param size side of the square taken from the center, in pixels
 * @param flip probability of mirroring
 */
record CenterCrop(int resize, int size, double flip) implements Crop {
  @Override
  public int views() {
    return 1;
  }

  @Override
  public Window[] windows(int width, int height, ViewRandom draws, int image) {
    boolean mirrored = draws.ofImage("crop", image).nextDouble() < flip;
    return new Window[] {Window.center(width, height, resize, size, mirrored)};
  }
}
