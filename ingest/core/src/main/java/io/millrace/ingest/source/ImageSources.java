package io.millrace.ingest.source;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import org.apache.commons.compress.archivers.ArchiveException;
import org.apache.commons.compress.archivers.ArchiveStreamFactory;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorStreamFactory;
import org.jspecify.annotations.Nullable;

/** Opens a folder, an archive or the synthetic stream. */
public final class ImageSources {
  /** Most bytes that a compressed tar file may unpack to: 64 GiB. */
  private static final long UNPACK_LIMIT = 64L << 30;

  /** Compressions that the libraries here unpack. */
  private static final Set<String> UNPACKED =
      Set.of(
          CompressorStreamFactory.GZIP,
          CompressorStreamFactory.BZIP2,
          CompressorStreamFactory.XZ,
          CompressorStreamFactory.ZSTANDARD);

  private ImageSources() {}

  /**
   * A folder, a zip or a tar file, or one of them packed by gzip, bzip2, xz or zstd, which is
   * unpacked to a temporary file. What a file is its first bytes say, not its name. The source's
   * name is the file's.
   *
   * @throws IOException when there is no such file, it is of another kind, or damaged
   */
  public static ImageSource open(Path path) throws IOException {
    return open(path, SourceOptions.defaults());
  }

  /** The same with options. */
  public static ImageSource open(Path path, SourceOptions options) throws IOException {
    return open(path, options, UNPACK_LIMIT);
  }

  static ImageSource open(Path path, long unpackLimit) throws IOException {
    return open(path, SourceOptions.defaults(), unpackLimit);
  }

  private static ImageSource open(Path path, SourceOptions options, long unpackLimit)
      throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    String name = String.valueOf(path.toRealPath().getFileName());
    FileStore store = store(path, options, unpackLimit);
    try {
      return new FileImageSource(name, store);
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private static FileStore store(Path path, SourceOptions options, long unpackLimit)
      throws IOException {
    if (Files.isDirectory(path)) {
      return new FolderStore(path, options.followLinks());
    }
    if (!Files.isRegularFile(path)) {
      throw new IOException(path + " is neither a folder nor a file");
    }
    String archive = archiveKind(path);
    if (archive != null) {
      return archive(path, path, archive, options, false);
    }
    String packed = compression(path);
    if (packed == null) {
      throw new IOException(
          path
              + " is no folder, .zip, .tar, .tar.gz, .tar.bz2, .tar.xz or .tar.zst file by its"
              + " content");
    }
    if (!UNPACKED.contains(packed)) {
      throw new IOException(
          path + " is packed by " + packed + ", which is not read: unpack it to a folder");
    }
    Path spool = unpack(path, packed, unpackLimit);
    try {
      String inner = archiveKind(spool);
      if (inner == null) {
        throw new IOException(path + " is a " + packed + " file that holds no tar or zip file");
      }
      return archive(spool, path, inner, options, true);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(spool);
      throw e;
    }
  }

  private static FileStore archive(
      Path file, Path given, String kind, SourceOptions options, boolean temporary)
      throws IOException {
    try {
      return switch (kind) {
        case ArchiveStreamFactory.ZIP, ArchiveStreamFactory.JAR ->
            new ZipStore(file, options.zipNames(), temporary);
        case ArchiveStreamFactory.TAR -> new TarStore(file, temporary);
        default -> throw new IOException("a " + kind + " archive, which is not read: unpack it");
      };
    } catch (IOException | RuntimeException e) {
      throw new IOException(given + " can't be read: " + e.getMessage(), e);
    }
  }

  /** The kind of archive by the first bytes, in commons-compress' words; null for none. */
  private static @Nullable String archiveKind(Path path) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
      return ArchiveStreamFactory.detect(in);
    } catch (ArchiveException e) {
      return null;
    }
  }

  private static @Nullable String compression(Path path) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
      return CompressorStreamFactory.detect(in);
    } catch (CompressorException e) {
      return null;
    }
  }

  /** Unpacks beside the system's temporary files, for random access. */
  private static Path unpack(Path packed, String compression, long limit) throws IOException {
    Path spool = Files.createTempFile("millrace-", ".unpacked");
    try (InputStream file = new BufferedInputStream(Files.newInputStream(packed));
        InputStream in =
            new CompressorStreamFactory(true).createCompressorInputStream(compression, file);
        var out = Files.newOutputStream(spool)) {
      spool.toFile().deleteOnExit();
      long bytes = 0;
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
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
      return spool;
    } catch (CompressorException e) {
      Files.deleteIfExists(spool);
      throw new IOException(packed + " can't be unpacked: " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(spool);
      throw e;
    }
  }
}
