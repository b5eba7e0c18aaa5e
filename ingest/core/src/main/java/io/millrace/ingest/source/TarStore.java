package io.millrace.ingest.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A plain tar file: its headers are read once, then each file's bytes in place. */
final class TarStore implements FileStore {
  private static final Logger LOG = LoggerFactory.getLogger(TarStore.class);

  private final Path file;
  private final boolean temporary;
  private final FileChannel channel;
  private final List<FileEntry> entries;
  private final long[] offsets;

  /**
   * @param temporary whether closing the store deletes the file
   */
  TarStore(Path file, boolean temporary) throws IOException {
    this.file = file;
    this.temporary = temporary;
    List<FileEntry> found = new ArrayList<>();
    List<Long> starts = new ArrayList<>();
    try (TarFile tar = new TarFile(file)) {
      for (TarArchiveEntry entry : tar.getEntries()) {
        if (!entry.isFile()) {
          continue;
        }
        if (entry.isSparse() || entry.getDataOffset() < 0) {
          LOG.warn("{} in {} is a sparse file and is skipped", entry.getName(), file);
          continue;
        }
        found.add(
            new FileEntry(
                entry.getName().replace('\\', '/'),
                entry.getSize(),
                entry.getLastModifiedTime().toInstant()));
        starts.add(entry.getDataOffset());
      }
    }
    this.entries = List.copyOf(found);
    this.offsets = starts.stream().mapToLong(Long::longValue).toArray();
    this.channel = FileChannel.open(file, StandardOpenOption.READ);
  }

  /**
   * Unpacks a compressed tar file beside the system's temporary files, for random access.
   *
   * @param limit most bytes it may unpack to
   */
  static TarStore unpack(InputStream compressed, Path packed, long limit) throws IOException {
    Path spool = Files.createTempFile("millrace-", ".tar");
    try {
      long bytes = 0;
      try (var out = Files.newOutputStream(spool)) {
        byte[] buffer = new byte[1 << 16];
        for (int n = compressed.read(buffer); n >= 0; n = compressed.read(buffer)) {
          bytes += n;
          if (bytes > limit) {
            throw new IOException(
                packed
                    + " unpacks to more than "
                    + limit
                    + " bytes, the limit: unpack it to a folder and read that");
          }
          out.write(buffer, 0, n);
        }
      }
      spool.toFile().deleteOnExit();
      return new TarStore(spool, true);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(spool);
      throw e;
    }
  }

  @Override
  public List<FileEntry> entries() {
    return entries;
  }

  @Override
  public byte[] read(int number, int limit) throws IOException {
    FileEntry entry = entries.get(number);
    BoundedReads.checkSize(entry, entry.bytes(), limit);
    ByteBuffer bytes = ByteBuffer.allocate((int) entry.bytes());
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, offsets[number] + bytes.position()) < 0) {
        throw new EOFException(file + " ends within " + entry.path());
      }
    }
    return bytes.array();
  }

  @Override
  public void close() throws IOException {
    channel.close();
    if (temporary) {
      Files.deleteIfExists(file);
    }
  }
}
