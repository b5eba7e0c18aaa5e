package io.millrace.ingest.topology;

import io.millrace.ingest.stream.Topics;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The largest record batch of each image topic, in bytes.
 *
 * @param raw of images.raw
 * @param accepted of images.accepted
 * @param rejected of images.rejected
 */
record MessageLimits(int raw, int accepted, int rejected) {
  /** A batch's header, and the most that lengths, offset and time of its one record take. */
  private static final int ENVELOPE = 61 + 40;

  private static final int PER_HEADER = 10;

  MessageLimits {
    if (rejected < raw + TopicCatalog.HEADER_ROOM) {
      throw new IllegalStateException(
          "max.message.bytes of images.rejected is %d: expected at least %d, that of images.raw and %d for the headers that say why"
              .formatted(rejected, raw + TopicCatalog.HEADER_ROOM, TopicCatalog.HEADER_ROOM));
    }
    if (Math.min(raw, accepted) <= TopicCatalog.HEADER_ROOM) {
      throw new IllegalStateException(
          "max.message.bytes of images.raw is %d and of images.accepted %d: expected more than %d"
              .formatted(raw, accepted, TopicCatalog.HEADER_ROOM));
    }
  }

  /** Reads them from the topics. */
  static MessageLimits of(Topics topics, TopicAdmin admin) {
    Map<String, Map<String, String>> configs =
        admin.configs(
            List.of(topics.imagesRaw(), topics.imagesAccepted(), topics.imagesRejected()));
    return new MessageLimits(
        limit(configs, topics.imagesRaw()),
        limit(configs, topics.imagesAccepted()),
        limit(configs, topics.imagesRejected()));
  }

  private static int limit(Map<String, Map<String, String>> configs, String topic) {
    String value = configs.getOrDefault(topic, Map.of()).get("max.message.bytes");
    if (value == null) {
      throw new IllegalStateException("the cluster told no max.message.bytes of " + topic);
    }
    return Integer.parseInt(value);
  }

  /** The smaller of each: a producer that runs takes no larger ones. */
  MessageLimits atMost(MessageLimits other) {
    return new MessageLimits(
        Math.min(raw, other.raw),
        Math.min(accepted, other.accepted),
        Math.min(rejected, other.rejected));
  }

  /** The most bytes an image may have. */
  int imageCap() {
    return Math.min(raw, accepted) - TopicCatalog.HEADER_ROOM;
  }

  /** At least what a record batch of this one record takes. */
  static long recordBytes(byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
    long bytes = ENVELOPE + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
    for (Header header : headers) {
      // UTF-8 has at most three bytes for a char.
      bytes +=
          PER_HEADER
              + 3L * header.key().length()
              + (header.value() == null ? 0 : header.value().length);
    }
    return bytes;
  }
}
