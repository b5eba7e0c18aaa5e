package io.millrace.ops.explore;

import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.serving.client.EmbeddingRecords;
import io.millrace.serving.index.Neighbor;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What a record of {@code embeddings} tells about its image.
 *
 * @param id image id
 * @param source where it came from; empty where that is not said
 * @param label what its producer says it shows; null where that is not said
 * @param name what it is called where it came from; null where that is not said
 * @param partition of {@code images.accepted} that has it
 * @param offset its place there; negative where that is not said
 */
public record EmbeddedImage(
    String id,
    String source,
    @Nullable String label,
    @Nullable String name,
    int partition,
    long offset) {
  /** Of a record's headers. */
  static EmbeddedImage of(String id, Headers headers) {
    String source = HeaderText.get(headers, ImageHeaders.CE_SOURCE);
    long partition = number(headers, EmbeddingRecords.SOURCE_PARTITION);
    boolean isPartition = partition >= 0 && partition <= Integer.MAX_VALUE;
    return new EmbeddedImage(
        id,
        source == null ? "" : source,
        HeaderText.get(headers, ImageHeaders.CE_LABEL),
        HeaderText.get(headers, ImageHeaders.CE_SUBJECT),
        isPartition ? (int) partition : 0,
        isPartition ? number(headers, EmbeddingRecords.SOURCE_OFFSET) : -1);
  }

  /** Of what a search found. */
  static EmbeddedImage of(Neighbor found) {
    String source = found.source();
    return new EmbeddedImage(
        found.imageId(),
        source == null ? "" : source,
        null,
        found.name(),
        found.partition(),
        found.offset());
  }

  private static long number(Headers headers, String name) {
    String text = HeaderText.get(headers, name);
    return text != null && text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
  }
}
