package io.millrace.ingest.claim;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.channels.Channels;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.Set;

/**
 * Images in one folder and what is under it. Links within it are followed, links out of it refused.
 * Where the system opens files relative to open folders (Linux, macOS), a path that is swapped for
 * a link meanwhile is refused too.
 */
final class FileImages implements ImageStore {
  private final Path named;
  private final Path root;
  private final int maxBytes;

  /**
   * @throws IllegalArgumentException where the root is no folder
   */
  FileImages(ClaimSettings settings) {
    maxBytes = settings.maxBytes();
    named = Path.of(settings.fileRoot()).toAbsolutePath().normalize();
    try {
      root = named.toRealPath();
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "ingest.claims.fileRoot is '" + settings.fileRoot() + "': expected a folder", e);
    }
    if (!Files.isDirectory(root)) {
      throw new IllegalArgumentException(
          "ingest.claims.fileRoot is '" + settings.fileRoot() + "': expected a folder");
    }
  }

  @Override
  public byte[] read(String url, FetchTime time) throws IOException {
    Path file;
    try {
      file = Path.of(new URI(url)).normalize();
    } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
      throw ClaimException.refused("no path of a file: " + e.getMessage());
    }
    // Only what is below by its name is looked at: else errors would tell what lies elsewhere.
    if (!file.startsWith(named) && !file.startsWith(root)) {
      throw ClaimException.refused("a file outside of ingest.claims.fileRoot");
    }
    try {
      Path real = file.toRealPath();
      if (!real.startsWith(root) || real.equals(root)) {
        throw ClaimException.refused("a link out of ingest.claims.fileRoot");
      }
      try (DirectoryStream<Path> folder = Files.newDirectoryStream(root)) {
        Path below = root.relativize(real);
        return folder instanceof SecureDirectoryStream<Path> secure
            ? read(secure, below, time)
            : read(real, time);
      }
    } catch (NoSuchFileException e) {
      throw ClaimException.passing("no such file"); // it may be on its way
    }
  }

  private byte[] read(SecureDirectoryStream<Path> folder, Path below, FetchTime time)
      throws IOException {
    Path first = below.getName(0);
    if (below.getNameCount() > 1) {
      try (SecureDirectoryStream<Path> next =
          folder.newDirectoryStream(first, LinkOption.NOFOLLOW_LINKS)) {
        return read(next, below.subpath(1, below.getNameCount()), time);
      }
    }
    requireRegular(
        folder.getFileAttributeView(
            first, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS));
    try (InputStream in =
        Channels.newInputStream(
            folder.newByteChannel(
                first, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)))) {
      return ImageStore.readAll(in, maxBytes, time);
    }
  }

  private byte[] read(Path real, FetchTime time) throws IOException {
    requireRegular(
        Files.getFileAttributeView(real, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS));
    try (InputStream in = Files.newInputStream(real, LinkOption.NOFOLLOW_LINKS)) {
      return ImageStore.readAll(in, maxBytes, time);
    }
  }

  /** A pipe would be opened for ever. */
  private static void requireRegular(BasicFileAttributeView file) throws IOException {
    if (!file.readAttributes().isRegularFile()) {
      throw ClaimException.refused("no regular file");
    }
  }
}
