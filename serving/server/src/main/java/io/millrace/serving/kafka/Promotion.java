package io.millrace.serving.kafka;

/**
 * A release that was chosen to serve.
 *
 * @param number offset of the pointer record: later promotions have higher numbers, and every
 *     reader sees the same
 * @param version release number
 */
record Promotion(long number, long version) {}
