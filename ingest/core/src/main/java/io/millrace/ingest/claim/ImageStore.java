package io.millrace.ingest.claim;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Where claimed images lie. Safe for many threads. */
interface ImageStore extends AutoCloseable {
  /**
   * Reads one whole; asks once.
   *
   * @param url in the spelling of {@link ClaimUrl}
   * @throws ClaimException where it is not to be had, larger than the limit or not allowed
   * @throws IOException where another attempt may succeed
   */
  byte[] read(String url, FetchTime time) throws IOException;

  @Override
  default void close() {}

  /** Reads to the end; an announced size is not trusted. */
  static byte[] readAll(InputStream in, int limit, FetchTime time) throws IOException {
    var bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[64 * 1024];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      if (time.isOver()) {
        throw ClaimException.failed("time is over after " + bytes.size() + " bytes");
      }
      if (bytes.size() + n > limit) {
        throw ClaimException.tooLarge("more than " + limit, limit);
      }
      bytes.write(buffer, 0, n);
    }
    return bytes.toByteArray();
  }
}
