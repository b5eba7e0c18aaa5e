package io.millrace.ingest.decode;

/** Why an image did not pass: the closed list of codes on {@code images.rejected}. */
public enum RejectionReason {
  /** No bytes. */
  EMPTY,
  /** More bytes than the cap. */
  TOO_LARGE,
  /** Neither JPEG nor PNG by its first bytes. */
  UNSUPPORTED_FORMAT,
  /** A side of no or too few pixels. */
  TOO_SMALL,
  /** A side or the pixel count over its cap. */
  TOO_MANY_PIXELS,
  /** More progressive scans than the cap. */
  TOO_MANY_SCANS,
  /** The header could not be read. */
  BAD_HEADER,
  /** The data is cut or damaged: the reader failed or warned. */
  CORRUPT,
  /** Decoding took longer than the limit. */
  DECODE_TIMEOUT,
  /** A claim, and what it names is not allowed: scheme, prefix, address, redirect or link. */
  CLAIM_REFUSED,
  /** A claim, and the image was not to be had within its attempts and time. */
  CLAIM_FAILED,
  /** A claim, and a later record of its id came before its image did. */
  CLAIM_SUPERSEDED
}
