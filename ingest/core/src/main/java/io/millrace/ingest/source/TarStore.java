package io.millrace.ingest.source;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;

/**
 * A plain tar file: its headers are read once, then each file's bytes in place. Links lead to the
 * file they mean, where it is in the archive.
 */
final class TarStore implements FileStore {
  private final Path file;
  private final boolean temporary;
  private final FileChannel channel;
  private final List<FileEntry> entries;
  private final long[] offsets;
  private final SkippedFiles skipped = new SkippedFiles();

  /**
   * @param temporary whether closing the store deletes the file
   */
  TarStore(Path file, boolean temporary) throws IOException {
    this.file = file;
    this.temporary = temporary;
    List<FileEntry> found = new ArrayList<>();
    List<Long> starts = new ArrayList<>();
    ArchiveLinks links = new ArchiveLinks();
    List<String> linked = new ArrayList<>();
    // Names as bytes: the platform's character set is not the archive's.
    try (TarFile tar = new TarFile(file, StandardCharsets.ISO_8859_1.name())) {
      for (TarArchiveEntry entry : tar.getEntries()) {
        String path = FileNames.ofLatin1(entry.getName()).replace('\\', '/');
        if (entry.isDirectory()) {
          continue;
        }
        if (entry.isLink()) {
          links.hardLink(path, FileNames.ofLatin1(entry.getLinkName()));
          linked.add(path);
        } else if (entry.isSymbolicLink()) {
          links.symbolicLink(path, FileNames.ofLatin1(entry.getLinkName()));
          linked.add(path);
        } else if (entry.isFIFO() || entry.isCharacterDevice() || entry.isBlockDevice()) {
          skipped.add(SkipReason.SPECIAL, path);
        } else if (entry.isSparse() || entry.getDataOffset() < 0) {
          skipped.add(SkipReason.SPARSE, path);
        } else if (entry.isFile()) {
          links.file(path, found.size());
          found.add(new FileEntry(path, entry.getSize(), entry.getLastModifiedTime().toInstant()));
          starts.add(entry.getDataOffset());
        }
      }
    }
    for (String path : linked) {
      int target = links.target(path);
      if (target < 0) {
        skipped.add(SkipReason.BROKEN_LINK, path);
      } else {
        FileEntry entry = found.get(target);
        found.add(new FileEntry(path, entry.bytes(), entry.modified()));
        starts.add(starts.get(target));
      }
    }
    this.entries = List.copyOf(found);
    this.offsets = starts.stream().mapToLong(Long::longValue).toArray();
    this.channel = FileChannel.open(file, StandardOpenOption.READ);
  }

  @Override
  public List<FileEntry> entries() {
    return entries;
  }

  @Override
  public SkippedFiles skipped() {
    return skipped;
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
