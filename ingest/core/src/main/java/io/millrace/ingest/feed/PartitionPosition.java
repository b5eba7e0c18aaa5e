package io.millrace.ingest.feed;

/**
 * Where a partition goes on.
 *
 * @param nextOffset the offset after the last record taken (under transactions offsets have gaps)
 * @param leaderEpoch leader epoch of that record; −1 when unknown
 */
public record PartitionPosition(long nextOffset, int leaderEpoch) {}
