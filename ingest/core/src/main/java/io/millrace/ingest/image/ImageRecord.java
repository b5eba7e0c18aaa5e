package io.millrace.ingest.image;

import java.util.Objects;

/** One encoded image: its id, bytes, content hash and origin. A value. */
public final class ImageRecord {
  private final String id;
  private final byte[] bytes;
  private final String sha256;
  private final ImageOrigin origin;

  /**
   * @param id image id; the record's key on the topic
   * @param bytes the encoded image as it is; belongs to this object, neither side writes to it
   * @param origin where it came from
   */
  public ImageRecord(String id, byte[] bytes, ImageOrigin origin) {
    if (id.isEmpty()) {
      throw new IllegalArgumentException("id is empty: expected one or more characters");
    }
    this.id = id;
    this.bytes = bytes;
    this.sha256 = ContentHash.sha256(bytes);
    this.origin = Objects.requireNonNull(origin, "origin");
  }

  /** Image id. */
  public String id() {
    return id;
  }

  /** The encoded image; not to be written to. */
  public byte[] bytes() {
    return bytes;
  }

  /** Encoded size in bytes. */
  public int size() {
    return bytes.length;
  }

  /** SHA-256 of the bytes, 64 lower-case hexadecimal digits. */
  public String sha256() {
    return sha256;
  }

  /** Format by the first bytes. */
  public ImageFormat format() {
    return ImageFormat.of(bytes);
  }

  /** Where it came from. */
  public ImageOrigin origin() {
    return origin;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ImageRecord r
        && id.equals(r.id)
        && sha256.equals(r.sha256)
        && origin.equals(r.origin);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, sha256, origin);
  }

  @Override
  public String toString() {
    return "image " + id + " (" + bytes.length + " bytes, SHA-256 " + sha256 + ")";
  }
}
