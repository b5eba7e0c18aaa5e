package io.millrace.ops.experiment;

/**
 * Accuracy in percent on one probe.
 *
 * @param raw of raw pixels
 * @param untrained of the network with its initial weights
 * @param trained of the trained network
 */
public record ProbeAccuracies(double raw, double untrained, double trained) {}
