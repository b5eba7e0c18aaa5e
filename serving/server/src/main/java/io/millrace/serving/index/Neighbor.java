package io.millrace.serving.index;

import io.millrace.ingest.stream.ImageHeaders;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A found image.
 *
 * @param imageId image
 * @param cosine cosine of the angle between its embedding and the query, −1 to 1
 * @param source where it came from; null where it did not say
 * @param headers what else its producer said that travels, by name
 * @param timeMillis its time, in milliseconds since 1970
 * @param partition partition of its record on images.accepted; −1 where that is not known
 * @param offset its offset there; −1 where that is not known
 */
public record Neighbor(
    String imageId,
    double cosine,
    @Nullable String source,
    SortedMap<String, String> headers,
    long timeMillis,
    int partition,
    long offset) {
  /** Its name where it came from, such as the file's; null where it did not say. */
  public @Nullable String name() {
    return headers.get(ImageHeaders.CE_SUBJECT);
  }
}
