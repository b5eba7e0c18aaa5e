package io.millrace.ops.cli;

import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.node.HttpAccess;
import io.millrace.ops.terminal.Logs;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What becomes of a demo's folder, and what is said of it. */
final class DemoFolder {
  private DemoFolder() {}

  /**
   * Checks {@code --keep} before anything is started.
   *
   * @throws ConfigException when it can't be kept there
   */
  static void requireKeepable(@Nullable Path dataDir, @Nullable Path keep) throws IOException {
    if (keep == null) {
      return;
    }
    if (dataDir != null) {
      throw new ConfigException(
          "--keep is " + keep + " with --data-dir " + dataDir + ", which keeps all: expected one");
    }
    if (Files.exists(keep) && !isEmptyFolder(keep)) {
      throw new ConfigException("--keep is " + keep + ": expected a new or an empty folder");
    }
  }

  /** Where model and log go, for people. */
  static String whereItGoes(Path folder, boolean temporary, @Nullable Path keep) {
    if (!temporary) {
      return "data and log: " + folder.toAbsolutePath();
    }
    return keep == null
        ? "model and log are removed at the end: --keep DIR or --data-dir DIR keeps them"
        : "data and log: kept in " + keep.toAbsolutePath() + " at the end";
  }

  /** The token that requests with effects need, for people; made where there is none yet. */
  static String token(MillraceConfig config) throws IOException {
    HttpAccess.token(config);
    return "token: " + Files.readString(HttpAccess.tokenFile(config)).strip();
  }

  /** Moves a folder to a new or empty one, which may be on another disk. */
  static void move(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(directory)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            // Keeps permissions where it is moved and where it is copied: the token is private.
            Files.move(file, to.resolve(from.relativize(file)));
            return FileVisitResult.CONTINUE;
          }
        });
    delete(from);
    Logs.say("data and log are in " + to.toAbsolutePath());
  }

  /** Removes a folder with all that is in it. */
  static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static boolean isEmptyFolder(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return false;
    }
    try (Stream<Path> inside = Files.list(path)) {
      return inside.findAny().isEmpty();
    }
  }
}
