package io.millrace.learner.membership;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The files by which generations find each other, one for each epoch of the lease. Who comes back
 * from an earlier generation finds its own stale file, or none, and never the one in use.
 */
final class RendezvousFolder {
  private final Path folder;
  private final String prefix;

  RendezvousFolder(Path folder, String model) {
    this.folder = folder;
    this.prefix = model.replaceAll("[^A-Za-z0-9._-]", "_") + "-";
  }

  /** Name of the file of an epoch. */
  String file(long epoch) {
    return prefix + epoch;
  }

  /** Removes what is left of this epoch and those before it, so that the file starts fresh. */
  void prepare(long epoch) throws IOException {
    Files.createDirectories(folder);
    List<Path> files;
    try (var list = Files.list(folder)) {
      files = list.toList();
    }
    for (Path file : files) {
      long of = epoch(file.getFileName().toString());
      if (of >= 0 && of <= epoch) {
        Files.deleteIfExists(file);
      }
    }
  }

  private long epoch(String name) {
    String number = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
    return number.matches("[0-9]{1,18}") ? Long.parseLong(number) : -1;
  }
}
