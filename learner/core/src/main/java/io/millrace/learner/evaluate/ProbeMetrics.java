package io.millrace.learner.evaluate;

import org.jspecify.annotations.Nullable;

/**
 * What frozen features are worth, in percent of queries told right.
 *
 * @param knn majority of the k nearest by cosine
 * @param knnWeighted the 200 nearest, weighted by exp(cosine ÷ 0.1) (Wu et al. 2018)
 * @param linear linear probe
 * @param linearTop5 the right class among its first five; null with fewer than five classes
 */
public record ProbeMetrics(
    double knn, double knnWeighted, double linear, @Nullable Double linearTop5) {}
