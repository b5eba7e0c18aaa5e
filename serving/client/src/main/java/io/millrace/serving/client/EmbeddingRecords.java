package io.millrace.serving.client;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.utils.Utils;

/**
 * The records of {@code embeddings}. Key: {@code imageId@version}. Value: little-endian float32,
 * unit length. Headers: UTF-8 text, numbers decimal. Partition: by the image id alone, as Kafka's
 * default partitioner places a record with that key; so all versions of one image lie in one
 * partition, and where both topics have as many partitions, in that of the image.
 */
public final class EmbeddingRecords {
  /** Header: model name. */
  public static final String MODEL_ID = "model.id";

  /** Header: release number. */
  public static final String MODEL_VERSION = "model.version";

  /** Header: number of components. */
  public static final String DIM = "dim";

  /** Header: {@link #FLOAT32}. */
  public static final String DTYPE = "dtype";

  /** Header: length of the features before they were normalized. */
  public static final String NORM = "norm";

  /** Header: hash of the preprocessing. */
  public static final String PREPROC_HASH = "preproc.hash";

  /** Header: the image's topic. */
  public static final String SOURCE_TOPIC = "source.topic";

  /** Header: its partition there. */
  public static final String SOURCE_PARTITION = "source.partition";

  /** Header: its offset there. */
  public static final String SOURCE_OFFSET = "source.offset";

  /** Value of {@link #DTYPE}. */
  public static final String FLOAT32 = "float32";

  private EmbeddingRecords() {}

  /** The key of an image's embedding by one version. */
  public static String key(String imageId, long version) {
    return imageId + "@" + version;
  }

  /** The image id in a key. Ids may hold an {@code @} themselves: the last one counts. */
  public static String imageIdOf(String key) {
    return key.substring(0, key.lastIndexOf('@'));
  }

  /** The version in a key; −1 where the key has none. */
  public static long versionOf(String key) {
    int at = key.lastIndexOf('@');
    try {
      return at < 0 ? -1 : Long.parseLong(key.substring(at + 1));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /** The partition of an image's records, on a topic of that many partitions. */
  public static int partitionOf(String imageId, int partitions) {
    return Utils.toPositive(Utils.murmur2(bytes(imageId))) % partitions;
  }

  /** Removes an image's embedding by one version. */
  public static ProducerRecord<byte[], byte[]> tombstone(
      String topic, int partitions, String imageId, long version) {
    return new ProducerRecord<>(
        topic, partitionOf(imageId, partitions), bytes(key(imageId, version)), null);
  }

  /** Text as keys and headers have it. */
  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Reads what {@link #bytes} wrote. */
  public static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  /**
   * The components in a record's value.
   *
   * @throws IllegalArgumentException when its length is not a multiple of 4
   */
  public static float[] vector(byte[] value) {
    if (value.length % 4 != 0) {
      throw new IllegalArgumentException(
          "an embedding of " + value.length + " bytes: expected a multiple of 4");
    }
    float[] out = new float[value.length / 4];
    ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(out);
    return out;
  }
}
