package io.millrace.ingest.source;

import java.io.IOException;
import java.io.InputStream;

/** Reads a whole file; its announced size is not trusted. */
final class BoundedReads {
  private BoundedReads() {}

  static byte[] readAll(InputStream in, FileEntry entry, int limit) throws IOException {
    checkSize(entry, entry.bytes(), limit);
    byte[] bytes = in.readNBytes(limit);
    if (bytes.length == limit && in.read() >= 0) {
      throw new OversizedImageException(entry.path(), (long) limit + 1, limit);
    }
    return bytes;
  }

  static void checkSize(FileEntry entry, long bytes, int limit) throws OversizedImageException {
    if (bytes > limit) {
      throw new OversizedImageException(entry.path(), bytes, limit);
    }
  }
}
