package io.millrace.learner.augment;

import io.millrace.learner.random.KeyedRandom;
import java.util.List;

/**
 * The chance behind a group of views. Rows are image-major: the views of one image are adjacent. A
 * row's draws are keyed by (seed, group and transform, image id, step and view), so they don't
 * depend on which other images are in the batch.
 */
public final class ViewRandom {
  private final long seed;
  private final String group;
  private final List<String> ids;
  private final long step;
  private final int views;
  private final boolean shared;

  /**
   * @param seed the run's seed
   * @param group name of the view group
   * @param ids image ids
   * @param step the update's number
   * @param views views of each image
   * @param shared whether all views of an image draw alike
   */
  ViewRandom(long seed, String group, List<String> ids, long step, int views, boolean shared) {
    this.seed = seed;
    this.group = group;
    this.ids = ids;
    this.step = step;
    this.views = views;
    this.shared = shared;
  }

  /** Images times views. */
  public int rows() {
    return ids.size() * views;
  }

  /** A row's stream of draws for one transform. */
  public KeyedRandom of(String transform, int row) {
    long index = shared ? step : step * views + row % views;
    return KeyedRandom.of(seed, "views." + group + "." + transform, ids.get(row / views), index);
  }

  /** An image's stream of draws for one transform, the same for all its views. */
  KeyedRandom ofImage(String transform, int image) {
    return KeyedRandom.of(seed, "views." + group + "." + transform, ids.get(image), step);
  }
}
