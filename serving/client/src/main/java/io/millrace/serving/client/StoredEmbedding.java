package io.millrace.serving.client;

import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.ingest.stream.PropagatedHeaders;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record of {@code embeddings}.
 *
 * @param imageId image
 * @param version model version
 * @param vector unit length, [dim]; belongs to this record, not to be written to; null where the
 *     image was forgotten or the version retired
 * @param norm length of the features before they were normalized; NaN without a vector
 * @param sourcePartition partition of the image on images.accepted; −1 without a vector
 * @param sourceOffset its offset there; −1 without a vector
 * @param source where the image came from, its {@code ce_source}; null where it did not say
 * @param headers what else its producer said that travels, by name
 * @param timestampMillis the image's record time
 */
public record StoredEmbedding(
    String imageId,
    long version,
    float @Nullable [] vector,
    double norm,
    int sourcePartition,
    long sourceOffset,
    @Nullable String source,
    SortedMap<String, String> headers,
    long timestampMillis) {

  private static final SortedMap<String, String> EMPTY = Collections.emptySortedMap();

  /** The image's name where it came from, its {@code ce_subject}; null where it did not say. */
  public @Nullable String subject() {
    return headers.get(ImageHeaders.CE_SUBJECT);
  }

  /**
   * Reads a record.
   *
   * @throws IllegalArgumentException naming the record and what is wrong with it
   */
  public static StoredEmbedding of(ConsumerRecord<byte[], byte[]> record) {
    String key = EmbeddingRecords.text(record.key());
    long version = EmbeddingRecords.versionOf(key);
    String id = version < 0 ? key : EmbeddingRecords.imageIdOf(key);
    if (record.value() == null) {
      return new StoredEmbedding(
          id, version, null, Double.NaN, -1, -1, null, EMPTY, record.timestamp());
    }
    try {
      float[] vector = EmbeddingRecords.vector(record.value());
      int dim = Integer.parseInt(text(record, EmbeddingRecords.DIM));
      if (dim != vector.length) {
        throw new IllegalArgumentException(
            "header dim is " + dim + ", the value has " + vector.length + " components");
      }
      return new StoredEmbedding(
          id,
          version,
          vector,
          Double.parseDouble(text(record, EmbeddingRecords.NORM)),
          Integer.parseInt(text(record, EmbeddingRecords.SOURCE_PARTITION)),
          Long.parseLong(text(record, EmbeddingRecords.SOURCE_OFFSET)),
          HeaderText.get(record.headers(), ImageHeaders.CE_SOURCE),
          PropagatedHeaders.carried(record.headers()),
          record.timestamp());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "embedding '"
              + key
              + "' at "
              + record.topic()
              + "-"
              + record.partition()
              + " offset "
              + record.offset()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private static String text(ConsumerRecord<byte[], byte[]> record, String header) {
    String value = HeaderText.get(record.headers(), header);
    if (value == null) {
      throw new IllegalArgumentException("header " + header + " is missing");
    }
    return value;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StoredEmbedding o
        && imageId.equals(o.imageId)
        && version == o.version
        && Arrays.equals(vector, o.vector)
        && Double.compare(norm, o.norm) == 0
        && sourcePartition == o.sourcePartition
        && sourceOffset == o.sourceOffset
        && timestampMillis == o.timestampMillis;
  }

  @Override
  public int hashCode() {
    return 31 * imageId.hashCode() + Long.hashCode(version);
  }

  @Override
  public String toString() {
    return imageId + "@" + version + (vector == null ? " removed" : " [" + vector.length + "]");
  }
}
