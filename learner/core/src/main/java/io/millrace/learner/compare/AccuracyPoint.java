package io.millrace.learner.compare;

import org.jspecify.annotations.Nullable;

/**
 * What a method had come to on the way.
 *
 * @param images stream images learned from
 * @param steps updates
 * @param seconds time of learning
 * @param knn kNN of its representation, in percent
 * @param whitened the same PCA-whitened; null where features can't be whitened
 */
public record AccuracyPoint(
    long images, long steps, double seconds, double knn, @Nullable Double whitened) {}
