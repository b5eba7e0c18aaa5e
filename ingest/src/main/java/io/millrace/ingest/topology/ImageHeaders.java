package io.millrace.ingest.topology;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Names of the headers on the image topics. Every value is UTF-8 text; numbers are decimal. */
public final class ImageHeaders {
  /** CloudEvents: where the image comes from. */
  public static final String CE_SOURCE = "ce_source";

  /** CloudEvents extension: the label. Evaluation reads it, the learner never does. */
  public static final String CE_LABEL = "ce_label";

  /** Pixels across, after EXIF orientation. */
  public static final String WIDTH = "width";

  /** Pixels down, after EXIF orientation. */
  public static final String HEIGHT = "height";

  /** SHA-256 of the value, 64 lower-case hex digits. */
  public static final String SHA256 = "sha256";

  /** A {@link io.millrace.ingest.decode.RejectionReason} by name. */
  public static final String REASON = "reason";

  /** The offending value and the limit, in words. */
  public static final String DETAIL = "detail";

  /** The topic that the record was read from. */
  public static final String ORIGIN_TOPIC = "origin.topic";

  /** Its partition. */
  public static final String ORIGIN_PARTITION = "origin.partition";

  /** Its offset. */
  public static final String ORIGIN_OFFSET = "origin.offset";

  private ImageHeaders() {}

  /** The last header of a name as text; null where there is none. */
  public static @Nullable String text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null
        ? null
        : new String(header.value(), StandardCharsets.UTF_8);
  }

  /** Puts a header in the place of all that have its name. */
  static void set(Headers headers, String name, String value) {
    headers.remove(name);
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
