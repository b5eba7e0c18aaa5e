package io.millrace.learner.replay;

import io.millrace.ingest.decode.PixelImage;
import org.jspecify.annotations.Nullable;

/**
 * One kept image, as a policy sees it. The feature belongs to this record: neither side writes to
 * it.
 *
 * @param id image id
 * @param image as it is held, no side longer than {@code replay.maxSide}
 * @param order how many images were offered before this one: its name and its age
 * @param visits updates that drew it from replay
 * @param feature its features, a running mean of unit length; null until somebody observed it
 * @param group group that the policy put it in; -1 for none
 */
public record ReplayEntry(
    String id, KeptImage image, long order, long visits, float @Nullable [] feature, int group) {
  /** An entry in no group, held as pixels. */
  public ReplayEntry(
      String id, PixelImage image, long order, long visits, float @Nullable [] feature) {
    this(id, KeptImage.of(image), order, visits, feature, -1);
  }

  /** Bytes the image as it is held and its feature take. */
  public long bytes() {
    return image.bytes() + (feature == null ? 0 : (long) feature.length * Float.BYTES);
  }

  ReplayEntry visited() {
    return new ReplayEntry(id, image, order, visits + 1, feature, group);
  }

  ReplayEntry observed(float[] newFeature, int newGroup) {
    return new ReplayEntry(id, image, order, visits, newFeature, newGroup);
  }
}
