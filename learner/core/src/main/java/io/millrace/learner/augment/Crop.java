package io.millrace.learner.augment;

/** Chooses what each view sees of an image. */
interface Crop {
  /** Side of a view in pixels. */
  int size();

  /** Views of each image. */
  int views();

  /** The windows of one image's views. */
  Window[] windows(int width, int height, ViewRandom draws, int image);
}
