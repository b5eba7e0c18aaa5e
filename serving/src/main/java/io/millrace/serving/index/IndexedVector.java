package io.millrace.serving.index;

import org.jspecify.annotations.Nullable;

/**
 * One image in an index.
 *
 * @param imageId image
 * @param vector unit length, [dim]; not to be written to
 * @param source where the image came from; null where it did not say
 * @param timeMillis the image's time, in milliseconds since 1970
 */
public record IndexedVector(
    String imageId, float[] vector, @Nullable String source, long timeMillis) {}
