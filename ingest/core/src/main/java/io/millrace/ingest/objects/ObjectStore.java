package io.millrace.ingest.objects;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;

/** Objects in buckets: each appears and disappears whole. Safe for many threads. */
public interface ObjectStore extends AutoCloseable {
  /**
   * Opens an object; the caller closes the stream, before its end too.
   *
   * @throws java.nio.file.NoSuchFileException where there is none
   * @throws java.nio.file.AccessDeniedException where it may not be read
   * @throws IOException where the store does not answer
   */
  InputStream read(String bucket, String key) throws IOException;

  /**
   * Puts a file's bytes, checked by the store against a sum of them; what was there is replaced.
   *
   * @throws IOException where the store does not take it
   */
  void put(String bucket, String key, Path file) throws IOException;

  /** Whether there is an object of so many bytes. */
  boolean has(String bucket, String key, long bytes) throws IOException;

  /** Sizes in bytes of the objects whose keys begin with this, by key. */
  Map<String, Long> list(String bucket, String prefix) throws IOException;

  /** Removes an object, where there is one. */
  void delete(String bucket, String key) throws IOException;

  @Override
  void close();
}
