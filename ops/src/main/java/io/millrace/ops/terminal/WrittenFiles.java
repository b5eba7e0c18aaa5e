package io.millrace.ops.terminal;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Stream;

/** The folder that a command writes to; at the command's end, however it ends, it names them. */
public final class WrittenFiles implements AutoCloseable {
  /** What a file is to hold. */
  public interface Content {
    /** Writes it. */
    void to(Path file) throws IOException;
  }

  private final Path folder;
  private final Set<Path> files = Collections.synchronizedSet(new LinkedHashSet<>());
  private final Undone undone = Undone.unlessClosed(this::unwritten);

  /** Makes the folder where it is missing. */
  public WrittenFiles(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder.toAbsolutePath());
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** Writes a file in the folder. */
  public void write(String name, Content content) throws IOException {
    Path file = folder.resolve(name);
    content.to(file);
    add(file);
  }

  /** Takes note of a file that is written. */
  public void add(Path file) {
    files.add(file.toAbsolutePath());
  }

  @Override
  public void close() {
    undone.close();
    if (!files.isEmpty()) {
      Logs.say("wrote " + names());
    }
  }

  private String unwritten() {
    return files.isEmpty()
        ? "no file is written to " + folder
        : "all results but " + names() + " are lost";
  }

  private String names() {
    return Stream.of(files.toArray(Path[]::new)).map(Path::toString).collect(joining(", "));
  }
}
