package io.millrace.ingest.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** A zip file, its entries stored or deflated, in the order of its directory. */
final class ZipStore implements FileStore {
  private final ZipFile zip;
  private final List<ZipEntry> files;
  private final List<FileEntry> entries;

  ZipStore(Path file) throws IOException {
    zip = new ZipFile(file.toFile());
    files = zip.stream().filter(entry -> !entry.isDirectory()).<ZipEntry>map(e -> e).toList();
    entries =
        files.stream()
            .map(
                entry ->
                    new FileEntry(
                        entry.getName().replace('\\', '/'), entry.getSize(), modified(entry)))
            .toList();
  }

  private static Instant modified(ZipEntry entry) {
    return entry.getTimeLocal() == null
        ? Instant.EPOCH
        : entry.getTimeLocal().toInstant(java.time.ZoneOffset.UTC);
  }

  @Override
  public List<FileEntry> entries() {
    return entries;
  }

  @Override
  public byte[] read(int number, int limit) throws IOException {
    try (InputStream in = zip.getInputStream(files.get(number))) {
      return BoundedReads.readAll(in, entries.get(number), limit);
    }
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
