package io.millrace.learner.replay;

import io.millrace.ingest.decode.PixelImage;
import org.jspecify.annotations.Nullable;

/**
 * One kept image, as a policy sees it. The feature belongs to this record: neither side writes to
 * it.
 *
 * @param id image id
 * @param image pixels, upright, no side longer than {@code replay.maxSide}
 * @param order how many images were offered before this one: its name and its age
 * @param visits updates that drew it from replay
 * @param feature the representation's latest view of it; null until somebody observed it
 */
public record ReplayEntry(
    String id, PixelImage image, long order, long visits, float @Nullable [] feature) {
  /** Bytes its pixels take. */
  public long bytes() {
    return image.rgb().length;
  }

  ReplayEntry visited() {
    return new ReplayEntry(id, image, order, visits + 1, feature);
  }

  ReplayEntry observed(float[] newFeature) {
    return new ReplayEntry(id, image, order, visits, newFeature);
  }
}
