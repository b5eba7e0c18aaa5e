package io.millrace.ingest.stream;

import java.util.List;

/**
 * Header names of an image record: the CloudEvents 1.0 Kafka binding in binary mode, and what the
 * ingest topology adds. All values are UTF-8 text.
 */
public final class ImageHeaders {
  /** CloudEvents version, {@link #SPEC_VERSION}. */
  public static final String CE_SPECVERSION = "ce_specversion";

  /** Image id; the record's key by {@link ImageId}. */
  public static final String CE_ID = "ce_id";

  /** {@code ImageOrigin.source}. */
  public static final String CE_SOURCE = "ce_source";

  /** {@code ImageOrigin.type}. */
  public static final String CE_TYPE = "ce_type";

  /** {@code ImageOrigin.time}, RFC 3339. */
  public static final String CE_TIME = "ce_time";

  /** {@code ImageOrigin.subject}; may be missing. */
  public static final String CE_SUBJECT = "ce_subject";

  /** {@code ImageOrigin.label}; may be missing. Evaluation reads it, no learner may. */
  public static final String CE_LABEL = "ce_label";

  /** CloudEvents' dataref: where an image lies that is claimed by a record of no bytes. */
  public static final String CE_DATAREF = "ce_dataref";

  /** Media type of the value. */
  public static final String CONTENT_TYPE = "content-type";

  /** What a producer says of an image and Millrace reads: it goes on to images.accepted. */
  public static final List<String> CLOUD_EVENT =
      List.of(
          CE_SPECVERSION, CE_ID, CE_SOURCE, CE_TYPE, CE_TIME, CE_SUBJECT, CE_LABEL, CONTENT_TYPE);

  /** Value of {@link #CE_SPECVERSION}. */
  public static final String SPEC_VERSION = "1.0";

  /** Value of {@link #CE_TYPE} for images that Millrace's publisher sends. */
  public static final String TYPE_IMAGE = "io.millrace.image";

  /** Accepted: pixels across, upright; decimal, as all numbers. */
  public static final String WIDTH = "width";

  /** Accepted: pixels down, upright. */
  public static final String HEIGHT = "height";

  /** Accepted: SHA-256 of the value, 64 lower-case hexadecimal digits. */
  public static final String SHA256 = "sha256";

  /** Accepted, where the value is not what came: SHA-256 of what came. */
  public static final String ORIGINAL_SHA256 = "original.sha256";

  /** Likewise: how many bytes came. */
  public static final String ORIGINAL_BYTES = "original.bytes";

  /** Likewise: pixels across that came, upright. */
  public static final String ORIGINAL_WIDTH = "original.width";

  /** Likewise: pixels down that came, upright. */
  public static final String ORIGINAL_HEIGHT = "original.height";

  /** The headers of an original. */
  public static final List<String> ORIGINAL =
      List.of(ORIGINAL_SHA256, ORIGINAL_BYTES, ORIGINAL_WIDTH, ORIGINAL_HEIGHT);

  /** Rejected: a {@code RejectionReason} of ingest by name. */
  public static final String REASON = "reason";

  /** Rejected: the offending value and the limit, as text. */
  public static final String DETAIL = "detail";

  /** Both: the topic that the record was read from. */
  public static final String ORIGIN_TOPIC = "origin.topic";

  /** Both: its partition. */
  public static final String ORIGIN_PARTITION = "origin.partition";

  /** Both: its offset. */
  public static final String ORIGIN_OFFSET = "origin.offset";

  private ImageHeaders() {}
}
