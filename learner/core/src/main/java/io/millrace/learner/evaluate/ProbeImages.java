package io.millrace.learner.evaluate;

/**
 * Held-out labeled images in two disjoint parts.
 *
 * @param bank searched for neighbors
 * @param queries asked about
 */
public record ProbeImages(LabeledImages bank, LabeledImages queries) {}
