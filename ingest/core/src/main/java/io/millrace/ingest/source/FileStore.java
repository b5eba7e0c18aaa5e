package io.millrace.ingest.source;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** A folder or an archive: its files in its own order, and each one's bytes. Safe for threads. */
interface FileStore extends Closeable {
  /** Regular files, in the store's order. */
  List<FileEntry> entries();

  /**
   * The bytes of one file.
   *
   * @param number index in {@link #entries}
   * @param limit most bytes read
   * @throws OversizedImageException when there are more
   */
  byte[] read(int number, int limit) throws IOException;
}
