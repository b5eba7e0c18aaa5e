package io.millrace.ops.dashboard;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Histories of several processes in one folder, each in a file of its own. One that starts under a
 * new name, such as a pod of a deployment, goes on with the newest one that nobody keeps any more:
 * so there are no more files than processes at one time, and these are removed in the end.
 */
final class HistoryFiles {
  private static final Logger log = LoggerFactory.getLogger(HistoryFiles.class);
  private static final String NAME = "page-history-";
  private static final String END = ".json";

  /** Longer than between two saves of a process that runs. */
  private static final Duration LEFT = Duration.ofMinutes(3);

  private static final Duration REMOVED = Duration.ofDays(30);

  private HistoryFiles() {}

  /**
   * The file of one process; it need not exist.
   *
   * @param roles what the process runs
   * @param instance its name among those with the same roles
   */
  static Path own(Path folder, List<String> roles, String instance, Instant now) {
    String before = NAME + String.join("-", roles);
    String prefix = before + ".";
    Path own = folder.resolve(prefix + instance.replaceAll("[^\\w.-]", "_") + END);
    try {
      if (!Files.exists(own) && !take(folder.resolve(before + END), own)) {
        Optional<Path> left = left(folder, prefix, now);
        if (left.isPresent()) {
          take(left.get(), own);
        }
      }
      removeOld(folder, own, now);
    } catch (IOException e) {
      log.warn("the page's histories in {} can't be looked through: {}", folder, e.toString());
    }
    return own;
  }

  /** Of two processes that want one, one gets it. */
  private static boolean take(Path file, Path own) throws IOException {
    try {
      Files.move(file, own, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static Optional<Path> left(Path folder, String prefix, Instant now) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> name(file).startsWith(prefix) && name(file).endsWith(END))
          .filter(file -> keptAt(file).isBefore(now.minus(LEFT)))
          .max(Comparator.comparing(HistoryFiles::keptAt));
    }
  }

  private static void removeOld(Path folder, Path own, Instant now) throws IOException {
    List<Path> old;
    try (Stream<Path> files = Files.list(folder)) {
      old =
          files
              .filter(file -> name(file).startsWith(NAME) && !file.equals(own))
              .filter(file -> keptAt(file).isBefore(now.minus(REMOVED)))
              .toList();
    }
    for (Path file : old) {
      Files.deleteIfExists(file);
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** A file that has just gone is taken for one that was just kept: it is left alone. */
  private static Instant keptAt(Path file) {
    try {
      FileTime at = Files.getLastModifiedTime(file);
      return at.toInstant();
    } catch (IOException e) {
      return Instant.MAX;
    }
  }
}
