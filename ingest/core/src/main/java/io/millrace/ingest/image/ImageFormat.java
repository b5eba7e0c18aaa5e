package io.millrace.ingest.image;

/** What encoded bytes are by their first bytes: the allow-list. */
public enum ImageFormat {
  /** JPEG, any kind. */
  JPEG("image/jpeg"),
  /** PNG. */
  PNG("image/png"),
  /** Anything else. */
  UNKNOWN("application/octet-stream");

  private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  private final String mediaType;

  ImageFormat(String mediaType) {
    this.mediaType = mediaType;
  }

  /** Media type, for the {@code content-type} header. */
  public String mediaType() {
    return mediaType;
  }

  /** The format that the first bytes announce. */
  public static ImageFormat of(byte[] bytes) {
    if (bytes.length >= 3
        && (bytes[0] & 0xFF) == 0xFF
        && (bytes[1] & 0xFF) == 0xD8
        && (bytes[2] & 0xFF) == 0xFF) {
      return JPEG;
    }
    if (bytes.length < PNG_SIGNATURE.length) {
      return UNKNOWN;
    }
    for (int i = 0; i < PNG_SIGNATURE.length; i++) {
      if (bytes[i] != PNG_SIGNATURE[i]) {
        return UNKNOWN;
      }
    }
    return PNG;
  }
}
