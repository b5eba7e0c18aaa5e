package io.millrace.serving.kafka;

/**
 * A release that was chosen to serve.
 *
 * @param number of the pointer, or its record's time where an earlier Millrace wrote it: later
 *     promotions have higher numbers, and every reader sees the same
 * @param version release number
 */
record Promotion(long number, long version) {}
