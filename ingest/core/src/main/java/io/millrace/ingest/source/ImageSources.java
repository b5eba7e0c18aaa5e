package io.millrace.ingest.source;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** Opens a folder, an archive or the synthetic stream. */
public final class ImageSources {
  /** Most bytes that a compressed tar file may unpack to: 64 GiB. */
  private static final long UNPACK_LIMIT = 64L << 30;

  private ImageSources() {}

  /**
   * A folder, a {@code .zip}, a {@code .tar}, or a {@code .tar.gz} or {@code .tgz} file, which is
   * unpacked to a temporary file. The source's name is the file's.
   *
   * @throws IOException when there is no such file, it is of another kind, or damaged
   */
  public static ImageSource open(Path path) throws IOException {
    return open(path, UNPACK_LIMIT);
  }

  static ImageSource open(Path path, long unpackLimit) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    String name = String.valueOf(path.toRealPath().getFileName());
    return new FileImageSource(name, store(path, unpackLimit));
  }

  private static FileStore store(Path path, long unpackLimit) throws IOException {
    if (Files.isDirectory(path)) {
      return new FolderStore(path);
    }
    String name = path.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".zip")) {
      return new ZipStore(path);
    }
    if (name.endsWith(".tar")) {
      return new TarStore(path, false);
    }
    if (name.endsWith(".tar.gz") || name.endsWith(".tgz")) {
      try (InputStream packed = new BufferedInputStream(Files.newInputStream(path));
          InputStream tar = new GZIPInputStream(packed, 1 << 16)) {
        return TarStore.unpack(tar, path, unpackLimit);
      }
    }
    throw new IOException(path + " is no folder, .zip, .tar, .tar.gz or .tgz file");
  }
}
