package io.millrace.ingest.source;

/**
 * Where images are published to.
 *
 * @param imagesTopic topic of raw images
 * @param positionsTopic compacted topic of publishers' positions
 */
public record PublishTarget(String imagesTopic, String positionsTopic) {}
