package io.millrace.ingest.feed;

import io.millrace.ingest.stream.ImageTracer;

/**
 * One accepted image as the learner consumes it: no label, by design.
 *
 * @param id image id
 * @param bytes the encoded image; belongs to this record, not to be written to
 * @param partition partition of images.accepted
 * @param offset offset in it
 * @param timestampMillis record time
 * @param span its way to an update; whoever consumes it closes it
 */
public record FeedImage(
    String id,
    byte[] bytes,
    int partition,
    long offset,
    long timestampMillis,
    ImageTracer.Span span) {}
