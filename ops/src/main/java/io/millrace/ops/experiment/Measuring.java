package io.millrace.ops.experiment;

import io.millrace.learner.evaluate.LinearProbeSettings;

/**
 * How methods and arms are measured.
 *
 * @param linear the linear probe
 * @param probes how often accuracy is measured on the way, evenly over the budget
 * @param layers whether each layer of the network is measured at the end
 */
public record Measuring(LinearProbeSettings linear, int probes, boolean layers) {}
