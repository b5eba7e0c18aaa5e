package io.millrace.serving.client;

import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * The records of {@code embeddings}. Key: {@code imageId@version}. Value: little-endian float32,
 * unit length. Headers: UTF-8 text, numbers decimal. Partition: by the image id alone, as Kafka's
 * default partitioner places a record with that key; so all versions of one image lie in one
 * partition, and where both topics have as many partitions, in that of the image.
 */
final class EmbeddingRecords {
  static final String MODEL_ID = "model.id";
  static final String MODEL_VERSION = "model.version";
  static final String DIM = "dim";
  static final String DTYPE = "dtype";
  static final String NORM = "norm";
  static final String PREPROC_HASH = "preproc.hash";
  static final String SOURCE_TOPIC = "source.topic";
  static final String SOURCE_PARTITION = "source.partition";
  static final String SOURCE_OFFSET = "source.offset";
  static final String LAYOUT = "layout";
  static final String FLOAT32 = "float32";

  private EmbeddingRecords() {}

  static String key(String imageId, long version) {
    return imageId + "@" + version;
  }

  /** The image id in a key. Ids may hold an {@code @} themselves: the last one counts. */
  static String imageIdOf(String key) {
    return key.substring(0, key.lastIndexOf('@'));
  }

  /** The version in a key; −1 where the key has none. */
  static long versionOf(String key) {
    int at = key.lastIndexOf('@');
    try {
      return at < 0 ? -1 : Long.parseLong(key.substring(at + 1));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  static int partitionOf(String imageId, int partitions) {
    return Utils.toPositive(Utils.murmur2(bytes(imageId))) % partitions;
  }

  static ProducerRecord<byte[], byte[]> embedding(
      String topic,
      int partitions,
      ModelVersion model,
      String preprocessingHash,
      ConsumerRecord<byte[], byte[]> image,
      Embedding embedding) {
    String id = text(image.key());
    var record =
        new ProducerRecord<>(
            topic,
            partitionOf(id, partitions),
            image.timestamp() < 0 ? null : (Long) image.timestamp(),
            bytes(key(id, model.version())),
            embedding.littleEndian());
    Headers headers = record.headers();
    add(headers, MODEL_ID, model.model());
    add(headers, MODEL_VERSION, Long.toString(model.version()));
    add(headers, DIM, Integer.toString(embedding.dim()));
    add(headers, DTYPE, FLOAT32);
    add(headers, NORM, Double.toString(embedding.norm()));
    add(headers, PREPROC_HASH, preprocessingHash);
    add(headers, SOURCE_TOPIC, image.topic());
    add(headers, SOURCE_PARTITION, Integer.toString(image.partition()));
    add(headers, SOURCE_OFFSET, Long.toString(image.offset()));
    String source = header(image.headers(), ImageHeaders.CE_SOURCE);
    if (source != null) {
      add(headers, ImageHeaders.CE_SOURCE, source);
    }
    return record;
  }

  /** Targets under the plain image id, so that a stream of tasks by image id joins them. */
  static ProducerRecord<byte[], byte[]> targets(
      String topic,
      int partitions,
      ModelVersion model,
      ConsumerRecord<byte[], byte[]> image,
      Targets targets) {
    var record =
        new ProducerRecord<>(
            topic,
            partitionOf(text(image.key()), partitions),
            image.timestamp() < 0 ? null : (Long) image.timestamp(),
            image.key(),
            targets.littleEndian());
    Headers headers = record.headers();
    add(headers, MODEL_ID, model.model());
    add(headers, MODEL_VERSION, Long.toString(model.version()));
    add(headers, LAYOUT, targets.layout());
    add(headers, DTYPE, FLOAT32);
    return record;
  }

  static ProducerRecord<byte[], byte[]> tombstone(
      String topic, int partitions, String imageId, long version) {
    return new ProducerRecord<>(
        topic, partitionOf(imageId, partitions), bytes(key(imageId, version)), null);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  static @Nullable String header(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null ? null : text(header.value());
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(name, bytes(value));
  }
}
