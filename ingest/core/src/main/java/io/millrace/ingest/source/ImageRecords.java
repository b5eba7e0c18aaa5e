package io.millrace.ingest.source;

import io.millrace.ingest.image.ImageOrigin;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.stream.ImageHeaders;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** An image as a Kafka record by the contract of {@code images.raw}. */
public final class ImageRecords {
  /** Upper bounds of a record batch's head, a record's and a header's own fields. */
  private static final int BATCH_HEAD = 61;

  private static final int RECORD_HEAD = 30;
  private static final int HEADER_HEAD = 10;

  private ImageRecords() {}

  /** The record: key = image id, value = the bytes as they are, CloudEvents headers. */
  public static ProducerRecord<String, byte[]> of(ImageRecord image, String topic) {
    ProducerRecord<String, byte[]> sent = new ProducerRecord<>(topic, image.id(), image.bytes());
    ImageOrigin origin = image.origin();
    Headers headers = sent.headers();
    add(headers, ImageHeaders.CE_SPECVERSION, ImageHeaders.SPEC_VERSION);
    add(headers, ImageHeaders.CE_ID, image.id());
    add(headers, ImageHeaders.CE_SOURCE, origin.source());
    add(headers, ImageHeaders.CE_TYPE, origin.type());
    add(headers, ImageHeaders.CE_TIME, origin.time().toString());
    add(headers, ImageHeaders.CE_SUBJECT, origin.subject());
    add(headers, ImageHeaders.CE_LABEL, origin.label());
    add(headers, ImageHeaders.CONTENT_TYPE, image.format().mediaType());
    return sent;
  }

  private static void add(Headers headers, String name, @Nullable String value) {
    if (value != null) {
      headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** An upper bound of the bytes that a batch of this record alone takes. */
  static long sizeBound(ProducerRecord<String, byte[]> sent) {
    long size = BATCH_HEAD + RECORD_HEAD + 4L * sent.key().length() + sent.value().length;
    for (Header header : sent.headers()) {
      size += HEADER_HEAD + 4L * header.key().length() + header.value().length;
    }
    return size;
  }
}
