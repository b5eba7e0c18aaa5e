package io.millrace.ingest.source;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * How far a source is published: the value of a record on the publisher's positions, as JSON, whose
 * key is the source's name. It is written in the transaction of the images it counts.
 *
 * @param version of this form
 * @param topicId unique id of the topic published to; empty when unknown
 * @param fingerprint the source's
 * @param order the order in effect
 * @param seed the shuffle's
 * @param next the ordinal that comes next
 * @param published images published
 * @param tooLargeForBroker images passed over because no record can hold them
 * @param unreadable images passed over because they could not be read
 */
record PublishPosition(
    int version,
    String topicId,
    String fingerprint,
    PublishOrder order,
    long seed,
    long next,
    long published,
    long tooLargeForBroker,
    long unreadable) {
  private static final int VERSION = 1;
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  static PublishPosition start(String topicId, String fingerprint, PublishOrder order, long seed) {
    return new PublishPosition(VERSION, topicId, fingerprint, order, seed, 0, 0, 0, 0);
  }

  PublishPosition publishedOne() {
    return new PublishPosition(
        version,
        topicId,
        fingerprint,
        order,
        seed,
        next + 1,
        published + 1,
        tooLargeForBroker,
        unreadable);
  }

  PublishPosition passedOverTooLarge() {
    return new PublishPosition(
        version,
        topicId,
        fingerprint,
        order,
        seed,
        next + 1,
        published,
        tooLargeForBroker + 1,
        unreadable);
  }

  PublishPosition passedOverUnreadable() {
    return new PublishPosition(
        version,
        topicId,
        fingerprint,
        order,
        seed,
        next + 1,
        published,
        tooLargeForBroker,
        unreadable + 1);
  }

  byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + this, e);
    }
  }

  static PublishPosition fromJson(byte[] json) throws IOException {
    PublishPosition position = JSON.readValue(json, PublishPosition.class);
    if (position.version() != VERSION) {
      throw new IOException(
          "a publisher's position of version " + position.version() + ": expected " + VERSION);
    }
    return position;
  }
}
