package io.millrace.ingest.source;

import java.time.Instant;

/**
 * A file in a folder or an archive.
 *
 * @param path relative, with slashes
 * @param bytes size; −1 when the archive does not say
 * @param modified last change
 */
record FileEntry(String path, long bytes, Instant modified) {}
