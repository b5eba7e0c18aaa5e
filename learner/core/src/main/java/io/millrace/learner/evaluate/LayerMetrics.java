package io.millrace.learner.evaluate;

import org.jspecify.annotations.Nullable;

/**
 * What one layer's features are worth, in percent of queries told right.
 *
 * @param name as {@code model.representation} takes it: a stage, averaged over its map, a stage
 *     beside the output, or {@code output}
 * @param features how many it has
 * @param knn majority of the k nearest by cosine
 * @param whitenedKnn the same of the PCA-whitened features, fitted on the bank's; null where those
 *     can't be whitened
 * @param linear linear probe
 * @param untrainedKnn kNN before the first update
 */
public record LayerMetrics(
    String name,
    int features,
    double knn,
    @Nullable Double whitenedKnn,
    double linear,
    double untrainedKnn) {}
