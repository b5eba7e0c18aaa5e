package io.millrace.learner.checkpoint;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The few steps that durable state is built from, each an instant a process may die at. What is
 * written here is on the disk when the call returns.
 */
public interface DurableFiles {
  /** What a file is to hold. */
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Makes or replaces a file, and syncs it. A crash can leave a part of it. */
  void write(Path file, Content content) throws IOException;

  /** Makes a directory and the ones above it, where they are missing. */
  void makeDirectory(Path directory) throws IOException;

  /** Syncs the names in a directory. */
  void syncDirectory(Path directory) throws IOException;

  /** Moves a file or a directory inside one file system, whole or not at all. */
  void rename(Path from, Path to) throws IOException;

  /** Gives a file another name in its directory, unless a file has that: then it is removed. */
  default void nameIfFree(Path from, Path to) throws IOException {
    try {
      Files.createLink(to, from);
    } catch (FileAlreadyExistsException e) {
      // the other one stays
    } catch (FileSystemException | UnsupportedOperationException e) {
      if (!Files.exists(to)) { // a file system without links: the last of two at once stays
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    Files.deleteIfExists(from);
  }

  /** Removes a file or an empty directory, if it is there. */
  void delete(Path path) throws IOException;

  /** The file system itself. */
  static DurableFiles real() {
    return new DurableFiles() {
      @Override
      public void write(Path file, Content content) throws IOException {
        try (var channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
          var out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
          content.writeTo(out);
          out.flush();
          channel.force(true);
        }
      }

      @Override
      public void makeDirectory(Path directory) throws IOException {
        Files.createDirectories(directory);
      }

      @Override
      public void syncDirectory(Path directory) throws IOException {
        if (System.getProperty("os.name").startsWith("Windows")) {
          return; // a directory can't be opened there; renames are journalled
        }
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
          channel.force(true);
        }
      }

      @Override
      public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      }

      @Override
      public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
      }
    };
  }
}
