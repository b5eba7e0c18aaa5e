package io.millrace.learner.loop;

import io.millrace.ingest.decode.IdentifiedImage;
import java.util.Collection;
import java.util.List;

/** Where batches go whose loss or gradient was not finite, to be looked at. */
@FunctionalInterface
public interface SkippedBatches {
  /** Keeps nothing. */
  SkippedBatches NONE = (step, images, withPixels, why) -> {};

  /**
   * Keeps a batch.
   *
   * @param step number of the update that was skipped
   * @param withPixels whether pixels may be kept; if not, ids alone are
   * @param why what was wrong, as text
   */
  void keep(long step, List<IdentifiedImage> images, boolean withPixels, String why);

  /** Drops images that are to be forgotten from what is kept. */
  default void forget(Collection<String> ids) {}
}
