package io.millrace.learner.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Which checkpoints a directory has, and under which names one is written and removed: a directory
 * of its own that becomes a checkpoint, and stops being one, by one rename.
 */
final class CheckpointDirectory {
  private static final String WRITING = ".writing-";
  private static final String REMOVING = ".removing-";

  private final Path root;
  private final DurableFiles files;
  private final String id;

  /** Makes the directory where it is missing. */
  CheckpointDirectory(Path root, DurableFiles files) throws IOException {
    this.root = root;
    this.files = files;
    this.id = identify();
  }

  private String identify() throws IOException {
    files.makeDirectory(root);
    Path file = idFile();
    if (!Files.isRegularFile(file)) {
      String fresh = UUID.randomUUID().toString();
      Path own = root.resolve(".store-id-" + fresh);
      files.write(own, out -> out.write(fresh.getBytes(StandardCharsets.UTF_8)));
      files.nameIfFree(own, file); // of several processes at once, one names it for all
      files.syncDirectory(root);
    }
    return Files.readString(file).strip();
  }

  Path idFile() {
    return root.resolve("store-id");
  }

  /** A name for this directory that stays with its content. */
  String id() {
    return id;
  }

  /** Names of the checkpoints there are, valid or not, oldest first. */
  List<CheckpointName> names() throws IOException {
    try (var list = Files.list(root)) {
      return list.map(path -> CheckpointName.parse(path.getFileName().toString()))
          .flatMap(Optional::stream)
          .sorted()
          .toList();
    }
  }

  /** The next name of this epoch and step. */
  CheckpointName free(CheckpointName name) throws IOException {
    return names().stream()
        .filter(there -> there.epoch() == name.epoch() && there.step() == name.step())
        .max(Comparator.naturalOrder())
        .map(CheckpointName::next)
        .orElse(new CheckpointName(name.epoch(), name.step()));
  }

  /** Where a checkpoint's own files are. */
  Path of(CheckpointName name) {
    return root.resolve(name.toString());
  }

  /** Makes the directory that a checkpoint is written to. */
  Path beginWriting(CheckpointName name) throws IOException {
    Path temporary = root.resolve(WRITING + name);
    files.makeDirectory(temporary);
    return temporary;
  }

  /** Lets what was written be the checkpoint from now on. */
  void publish(Path written, CheckpointName name) throws IOException {
    files.rename(written, of(name));
    files.syncDirectory(root);
  }

  /** Lets a checkpoint be none from now on; {@link #sweep} deletes its files. */
  void hide(CheckpointName name) throws IOException {
    files.rename(of(name), root.resolve(REMOVING + name));
  }

  /** Removes what a save or removal of this epoch or one before left unfinished. */
  void sweep(long epoch) throws IOException {
    List<Path> left;
    try (var list = Files.list(root)) {
      left = list.filter(path -> unfinished(path.getFileName().toString(), epoch)).toList();
    }
    for (Path path : left) {
      try (var inside = Files.list(path)) {
        for (Path file : inside.toList()) {
          files.delete(file);
        }
      }
      files.delete(path);
    }
  }

  private static boolean unfinished(String file, long epoch) {
    return Stream.of(WRITING, REMOVING)
        .filter(file::startsWith)
        .flatMap(prefix -> CheckpointName.parse(file.substring(prefix.length())).stream())
        .anyMatch(name -> name.epoch() <= epoch);
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
