package io.millrace.learner.loop;

import io.millrace.ingest.decode.PixelImage;
import java.util.Collection;
import java.util.List;

/** Where batches go whose loss or gradient was no finite number, to be looked at. */
@FunctionalInterface
public interface SkippedBatches {
  /** Keeps nothing. */
  SkippedBatches NONE = (step, ids, images, why) -> {};

  /**
   * Keeps a batch.
   *
   * @param step number of the update that was left out
   * @param images none where images may not be kept
   * @param why what was wrong, in words
   */
  void keep(long step, List<String> ids, List<PixelImage> images, String why);

  /** Drops images that are to be forgotten from what is kept. */
  default void forget(Collection<String> ids) {}
}
