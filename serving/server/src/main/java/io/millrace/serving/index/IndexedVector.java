package io.millrace.serving.index;

import io.millrace.ingest.stream.ImageHeaders;
import java.util.Collections;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * One image in an index.
 *
 * @param imageId image
 * @param vector unit length, [dim]; not to be written to
 * @param source where the image came from; null where it did not say
 * @param headers what else its producer said that travels, by name
 * @param timeMillis the image's time, in milliseconds since 1970
 * @param partition partition of the image's record on images.accepted; −1 where that is not known
 * @param offset its offset there; −1 where that is not known
 */
public record IndexedVector(
    String imageId,
    float[] vector,
    @Nullable String source,
    SortedMap<String, String> headers,
    long timeMillis,
    int partition,
    long offset) {
  /** Its name where it came from, such as the file's; null where it did not say. */
  public @Nullable String name() {
    return headers.get(ImageHeaders.CE_SUBJECT);
  }

  /** One whose record's place is not known. */
  public IndexedVector(String imageId, float[] vector, @Nullable String source, long timeMillis) {
    this(imageId, vector, source, timeMillis, -1, -1);
  }

  /** One without headers. */
  public IndexedVector(
      String imageId,
      float[] vector,
      @Nullable String source,
      long timeMillis,
      int partition,
      long offset) {
    this(imageId, vector, source, Collections.emptySortedMap(), timeMillis, partition, offset);
  }
}
