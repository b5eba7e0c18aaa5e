package io.millrace.learner.loop;

import io.millrace.ingest.feed.FeedPosition;
import java.util.List;

/**
 * A batch of the stream, decoded and shrunk.
 *
 * @param undecodable accepted images that did not decode here; they were logged
 * @param tombstones how many there were; several may name one id
 * @param withdrawn images that a tombstone took back before they were decoded
 * @param next the position after it
 */
record PreparedBatch(
    List<StreamImage> images,
    List<String> forgotten,
    int duplicates,
    long gaps,
    int undecodable,
    int tombstones,
    int withdrawn,
    FeedPosition next) {}
