package io.millrace.ingest.image;

/**
 * Header names of an image record: the CloudEvents 1.0 Kafka binding in binary mode. All values are
 * UTF-8 text.
 */
public final class ImageHeaders {
  /** CloudEvents version, {@link #SPEC_VERSION}. */
  public static final String CE_SPECVERSION = "ce_specversion";

  /** Image id, equal to the record's key. */
  public static final String CE_ID = "ce_id";

  /** {@link ImageOrigin#source}. */
  public static final String CE_SOURCE = "ce_source";

  /** {@link ImageOrigin#type}. */
  public static final String CE_TYPE = "ce_type";

  /** {@link ImageOrigin#time}, RFC 3339. */
  public static final String CE_TIME = "ce_time";

  /** {@link ImageOrigin#subject}; may be missing. */
  public static final String CE_SUBJECT = "ce_subject";

  /** {@link ImageOrigin#label}; may be missing. Evaluation reads it, no learner may. */
  public static final String CE_LABEL = "ce_label";

  /** Media type of the value. */
  public static final String CONTENT_TYPE = "content-type";

  /** Value of {@link #CE_SPECVERSION}. */
  public static final String SPEC_VERSION = "1.0";

  /** Value of {@link #CE_TYPE} for images that Millrace's publisher sends. */
  public static final String TYPE_IMAGE = "io.millrace.image";

  private ImageHeaders() {}
}
