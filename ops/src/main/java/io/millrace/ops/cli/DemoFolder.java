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

  /** What a demo leaves behind: with JSON the log goes to stderr alone. */
  static String contents(Logs.Form log) {
    return log == Logs.Form.JSON ? "data" : "data and log";
  }

  /**
   * Where what it leaves goes, for people.
   *
   * @param contents of {@link #contents}
   */
  static String whereItGoes(String contents, Path folder, boolean temporary, @Nullable Path keep) {
    if (!temporary) {
      return contents + ": " + folder.toAbsolutePath();
    }
    return keep == null
        ? contents + " are removed at the end: --keep DIR or --data-dir DIR keeps them"
        : contents + ": kept in " + keep.toAbsolutePath() + " at the end";
  }

  /**
   * The token that requests with effects need, for people; made where there is none yet. Logs get
   * the name of its file alone.
   */
  static String token(MillraceConfig config, Logs.Form log) throws IOException {
    HttpAccess.token(config);
    Path file = HttpAccess.tokenFile(config);
    return "token: " + (log == Logs.Form.JSON ? file : Files.readString(file).strip());
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
