package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A program of this machine that a test uses where it is installed. */
public record Tool(Path program) {
  /** The program of this name on the path, if there is one. */
  public static Optional<Tool> find(String name) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Tool::new);
  }

  /** The same; skips the test with the reason where there is none. */
  public static Tool required(String name) {
    Optional<Tool> found = find(name);
    Assumptions.assumeTrue(found.isPresent(), "no " + name + " on this machine's PATH");
    return found.orElseThrow();
  }

  /** Runs it to its end in a folder; fails where it fails. */
  public String run(Path folder, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
