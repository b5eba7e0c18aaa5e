package io.millrace.ingest.feed;

/**
 * One accepted image as the learner consumes it: no label, by design.
 *
 * @param id image id
 * @param bytes the encoded image; belongs to this record, not to be written to
 * @param partition partition of images.accepted
 * @param offset offset in it
 * @param timestampMillis record time
 */
public record FeedImage(
    String id, byte[] bytes, int partition, long offset, long timestampMillis) {}
