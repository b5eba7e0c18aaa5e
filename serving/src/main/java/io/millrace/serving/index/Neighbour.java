package io.millrace.serving.index;

import org.jspecify.annotations.Nullable;

/**
 * A found image.
 *
 * @param imageId image
 * @param cosine cosine of the angle between its embedding and the query, −1 to 1
 * @param source where it came from; null where it did not say
 * @param timeMillis its time, in milliseconds since 1970
 */
public record Neighbour(String imageId, double cosine, @Nullable String source, long timeMillis) {}
