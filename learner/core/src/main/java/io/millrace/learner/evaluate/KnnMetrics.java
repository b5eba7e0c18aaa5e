package io.millrace.learner.evaluate;

/**
 * kNN accuracy in percent on one set of images.
 *
 * @param raw of the pixels as the network gets them
 * @param untrained of the network with its initial weights
 * @param trained of the network now
 */
public record KnnMetrics(double raw, double untrained, double trained) {}
