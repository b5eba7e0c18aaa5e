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
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A plain tar file: its headers are read once, then each file's bytes in place. Links lead to the
 * file they mean, where it is in the archive.
 */
final class TarStore implements FileStore {
  private static final Logger LOG = LoggerFactory.getLogger(TarStore.class);

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
    Set<String> linked = new LinkedHashSet<>();
    long end = 0;
    // Names as bytes: the platform's character set is not the archive's.
    try (TarFile tar = new TarFile(file, StandardCharsets.ISO_8859_1.name())) {
      for (TarArchiveEntry entry : tar.getEntries()) {
        String path = FileNames.ofLatin1(entry.getName()).replace('\\', '/');
        end = Math.max(end, endOf(entry));
        if (entry.isDirectory()) {
          continue;
        }
        if (entry.isLink()) {
          links.hardLink(path, FileNames.ofLatin1(entry.getLinkName()));
          linked.add(path);
        } else if (entry.isSymbolicLink()) {
          links.symbolicLink(path, FileNames.ofLatin1(entry.getLinkName()));
          linked.add(path);
        } else if (entry.isSparse()) {
          skipped.add(SkipReason.SPARSE, path);
        } else if (!isFile(entry)) {
          skipped.add(SkipReason.SPECIAL, path);
        } else {
          links.file(path, found.size());
          linked.remove(path); // the later entry of a path counts
          found.add(new FileEntry(path, entry.getSize(), entry.getLastModifiedTime().toInstant()));
          starts.add(entry.getDataOffset());
        }
      }
    }
    if (isCutOff(file, end)) {
      LOG.warn("{} ends without a tar file's end mark: it may be cut off", file);
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

  /** By its kind alone: others, such as a volume's name, have no content that is theirs. */
  private static boolean isFile(TarArchiveEntry entry) {
    byte kind = entry.getLinkFlag();
    return entry.getDataOffset() >= 0
        && (kind == TarConstants.LF_NORMAL
            || kind == TarConstants.LF_OLDNORM
            || kind == TarConstants.LF_CONTIG);
  }

  private static long endOf(TarArchiveEntry entry) {
    long record = TarConstants.DEFAULT_RCDSIZE;
    return entry.getDataOffset() < 0
        ? 0
        : entry.getDataOffset() + (entry.getSize() + record - 1) / record * record;
  }

  /** What is cut off between two entries reads like a whole archive, but for its end mark. */
  static boolean isCutOff(Path file, long end) throws IOException {
    byte[] mark = new byte[TarConstants.DEFAULT_RCDSIZE];
    try (var in = Files.newInputStream(file)) {
      in.skipNBytes(end);
      return in.readNBytes(mark, 0, mark.length) < mark.length
          || !Arrays.equals(mark, new byte[mark.length]);
    }
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
