package io.millrace.serving.index;

import org.jspecify.annotations.Nullable;

/**
 * One image in an index.
 *
 * @param imageId image
 * @param vector unit length, [dim]; not to be written to
 * @param source where the image came from; null where it did not say
 * @param name its name there, such as the file's; null where it did not say
 * @param timeMillis the image's time, in milliseconds since 1970
 * @param partition partition of the image's record on images.accepted; −1 where that is not known
 * @param offset its offset there; −1 where that is not known
 */
public record IndexedVector(
    String imageId,
    float[] vector,
    @Nullable String source,
    @Nullable String name,
    long timeMillis,
    int partition,
    long offset) {
  /** One whose record's place is not known. */
  public IndexedVector(String imageId, float[] vector, @Nullable String source, long timeMillis) {
    this(imageId, vector, source, null, timeMillis, -1, -1);
  }

  /** One without a name. */
  public IndexedVector(
      String imageId,
      float[] vector,
      @Nullable String source,
      long timeMillis,
      int partition,
      long offset) {
    this(imageId, vector, source, null, timeMillis, partition, offset);
  }
}
