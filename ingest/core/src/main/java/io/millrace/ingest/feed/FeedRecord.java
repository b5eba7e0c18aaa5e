package io.millrace.ingest.feed;

import io.millrace.ingest.image.ContentHash;
import io.millrace.ingest.stream.ImageTracer;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A record of images.accepted that waits for its turn.
 *
 * @param id image id
 * @param bytes the image; null forgets it
 * @param hash first 8 bytes of the SHA-256 of the image as its producer sent it
 * @param offset place in its partition
 * @param leaderEpoch leader epoch; −1 when unknown
 * @param timestampMillis record time
 * @param span its way to an update
 */
record FeedRecord(
    String id,
    byte @Nullable [] bytes,
    long hash,
    long offset,
    int leaderEpoch,
    long timestampMillis,
    ImageTracer.Span span) {

  /** Bytes it holds. */
  int size() {
    return bytes == null ? 0 : bytes.length;
  }

  /**
   * The first 8 bytes of a SHA-256.
   *
   * @param sha256Hex the digest where the record brings one; else it is computed
   */
  static long hash(byte[] bytes, @Nullable String sha256Hex) {
    if (sha256Hex != null && sha256Hex.length() == 64) {
      try {
        return HexFormat.fromHexDigitsToLong(sha256Hex, 0, 16);
      } catch (IllegalArgumentException notHex) {
        // A header that is no digest says nothing about the bytes.
      }
    }
    byte[] digest = ContentHash.newDigest().digest(bytes);
    long hash = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      hash = hash << 8 | digest[i] & 0xFF;
    }
    return hash;
  }
}
