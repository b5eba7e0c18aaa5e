package io.millrace.ingest.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A zip file in the order of its directory: stored, deflated, Deflate64, bzip2, imploded, shrunk,
 * xz, zstd. Encrypted entries and other methods are skipped.
 */
final class ZipStore implements FileStore {
  /** The format's own character set (APPNOTE 6.3.10, appendix D): each byte is a character. */
  private static final String FORMATS_OWN = "IBM437";

  private static final int LONGEST_LINK = 4096;

  /** The kind of file in a Unix mode (stat.h); 0 where the archiver told none. */
  private static final int KIND = 0170000;

  private static final int REGULAR = 0100000;

  private final Path file;
  private final boolean temporary;
  private final ZipFile zip;
  private final List<ZipArchiveEntry> files = new ArrayList<>();
  private final List<FileEntry> entries = new ArrayList<>();
  private final SkippedFiles skipped = new SkippedFiles();

  /**
   * @param names character set of names that are not UTF-8; null for the format's own
   * @param temporary whether closing the store deletes the file
   */
  ZipStore(Path file, @Nullable Charset names, boolean temporary) throws IOException {
    this.file = file;
    this.temporary = temporary;
    zip = ZipFile.builder().setPath(file).setCharset(StandardCharsets.UTF_8).get();
    try {
      list(names != null ? names : allUtf8() ? StandardCharsets.UTF_8 : formatsOwn());
    } catch (IOException | RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  private static Charset formatsOwn() {
    return Charset.isSupported(FORMATS_OWN)
        ? Charset.forName(FORMATS_OWN)
        : StandardCharsets.ISO_8859_1; // a small Java without jdk.charsets: as lossless
  }

  /** One archive has one character set; two would let two names become one. */
  private boolean allUtf8() {
    for (var all = zip.getEntries(); all.hasMoreElements(); ) {
      byte[] raw = all.nextElement().getRawName();
      if (raw != null && FileNames.utf8(raw) == null) {
        return false;
      }
    }
    return true;
  }

  private void list(Charset names) throws IOException {
    ArchiveLinks links = new ArchiveLinks();
    List<String> linked = new ArrayList<>();
    for (var all = zip.getEntries(); all.hasMoreElements(); ) {
      ZipArchiveEntry entry = all.nextElement();
      String path = name(entry, names).replace('\\', '/');
      if (entry.isDirectory() || path.endsWith("/")) {
        continue;
      }
      if (!zip.canReadEntryData(entry)) {
        boolean encrypted = entry.getGeneralPurposeBit().usesEncryption();
        skipped.add(encrypted ? SkipReason.ENCRYPTED : SkipReason.COMPRESSION, path);
      } else if (isSpecial(entry)) {
        skipped.add(SkipReason.SPECIAL, path);
      } else if (entry.isUnixSymlink()) {
        links.symbolicLink(path, linkTarget(entry));
        linked.add(path);
      } else {
        links.file(path, files.size());
        add(path, entry);
      }
    }
    for (String path : linked) {
      int target = links.target(path);
      if (target < 0) {
        skipped.add(SkipReason.BROKEN_LINK, path);
      } else {
        add(path, files.get(target));
      }
    }
  }

  private static boolean isSpecial(ZipArchiveEntry entry) {
    int kind = entry.getUnixMode() & KIND;
    return kind != 0 && kind != REGULAR && !entry.isUnixSymlink();
  }

  private void add(String path, ZipArchiveEntry entry) {
    files.add(entry);
    entries.add(new FileEntry(path, entry.getSize(), modified(entry)));
  }

  private String linkTarget(ZipArchiveEntry entry) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      return FileNames.text(in.readNBytes(LONGEST_LINK), StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * The entry's Unicode name where it has one, else its bytes in a character set. Some archivers
   * call names UTF-8 that are not: as such they would become one another.
   */
  private static String name(ZipArchiveEntry entry, Charset names) {
    byte[] raw = entry.getRawName();
    if (raw == null
        || entry.getGeneralPurposeBit().usesUTF8ForNames() && FileNames.utf8(raw) != null
        || entry.getNameSource() == ZipArchiveEntry.NameSource.UNICODE_EXTRA_FIELD) {
      return entry.getName();
    }
    return new String(raw, names);
  }

  private static Instant modified(ZipArchiveEntry entry) {
    return entry.getTimeLocal() == null
        ? Instant.EPOCH
        : entry.getTimeLocal().toInstant(java.time.ZoneOffset.UTC);
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
    try (InputStream in = open(files.get(number))) {
      byte[] bytes = BoundedReads.readAll(in, entries.get(number), limit);
      requireWhole(number, bytes);
      return bytes;
    } catch (RuntimeException e) {
      throw new IOException(entries.get(number).path() + " can't be unpacked: " + e, e);
    }
  }

  /** Who reads by the directory of a zip is not told of a checksum that is wrong. */
  private void requireWhole(int number, byte[] bytes) throws IOException {
    long expected = files.get(number).getCrc();
    CRC32 actual = new CRC32();
    actual.update(bytes);
    if (expected >= 0 && actual.getValue() != expected) {
      throw new IOException(
          "%s is damaged: its checksum is %08x, the archive says %08x"
              .formatted(entries.get(number).path(), actual.getValue(), expected));
    }
  }

  /** Looking up an entry moves the file's one position; its bytes are read by their own. */
  private synchronized InputStream open(ZipArchiveEntry entry) throws IOException {
    return zip.getInputStream(entry);
  }

  @Override
  public void close() throws IOException {
    zip.close();
    if (temporary) {
      Files.deleteIfExists(file);
    }
  }
}
