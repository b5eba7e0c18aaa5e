package io.millrace.learner.evaluate;

/**
 * Held-out labelled images in two disjoint parts.
 *
 * @param bank searched for neighbours
 * @param queries asked about
 */
public record ProbeImages(LabelledImages bank, LabelledImages queries) {}
