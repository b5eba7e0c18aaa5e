package io.millrace.learner.augment;

/** The view of {@link EvalView}, mirrored with a probability: what OBoW's teacher sees. */
record CenterCrop(int size, double flip) implements Crop {
  @Override
  public int views() {
    return 1;
  }

  @Override
  public Window[] windows(int width, int height, ViewRandom draws, int image) {
    boolean mirrored = draws.ofImage("crop", image).nextDouble() < flip;
    return new Window[] {Window.center(width, height, size, mirrored)};
  }
}
