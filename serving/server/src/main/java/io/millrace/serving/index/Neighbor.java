package io.millrace.serving.index;

import org.jspecify.annotations.Nullable;

/**
 * A found image.
 *
 * @param imageId image
 * @param cosine cosine of the angle between its embedding and the query, −1 to 1
 * @param source where it came from; null where it did not say
 * @param name its name there, such as the file's; null where it did not say
 * @param timeMillis its time, in milliseconds since 1970
 * @param partition partition of its record on images.accepted; −1 where that is not known
 * @param offset its offset there; −1 where that is not known
 */
public record Neighbor(
    String imageId,
    double cosine,
    @Nullable String source,
    @Nullable String name,
    long timeMillis,
    int partition,
    long offset) {}
