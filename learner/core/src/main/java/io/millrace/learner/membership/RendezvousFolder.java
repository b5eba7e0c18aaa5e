package io.millrace.learner.membership;

import io.millrace.learner.group.GroupAddress;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;

/**
 * The files by which generations find each other, one for each epoch of the lease. Who comes back
 * from an earlier generation finds its own stale file, or none, and never the one in use.
 */
public final class RendezvousFolder {
  private static final int UUID_LENGTH = 36;

  private final Path folder;
  private final String prefix;

  /**
   * @param folder made when it is needed
   */
  public RendezvousFolder(Path folder, String model) {
    this.folder = folder;
    this.prefix = GroupAddress.prefix(model);
  }

  /**
   * A name for this folder that stays with its content: two processes that read the same one see
   * the same folder. Made where it is missing.
   */
  public String id() throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve("folder-id");
    try {
      Files.writeString(file, UUID.randomUUID().toString(), StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      // Somebody was first: theirs counts.
    }
    String id = Files.readString(file).strip();
    if (id.length() != UUID_LENGTH) {
      throw new IOException(
          file + " holds '" + id + "': expected a UUID, which another process may be writing");
    }
    return id;
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
