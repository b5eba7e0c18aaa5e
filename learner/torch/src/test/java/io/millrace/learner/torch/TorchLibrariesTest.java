package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.learner.tensor.Precision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.presets.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another libtorch on the machine stays out of the process: in one of its own, as a user's. */
class TorchLibrariesTest {
  private static final String NAME = "libtorch_cpu.so";
  private static final Path MAPS = Path.of("/proc/self/maps");

  @TempDir Path elsewhere;

  @BeforeEach
  void onLinux() {
    assumeTrue(Files.isReadable(MAPS), "/proc/self/maps tells which libraries are loaded");
  }

  @Test
  void takesItsOwnLibrariesWhereOthersAreNearer() throws Exception {
    Files.copy(anyLibrary(), elsewhere.resolve(NAME));

    List<String> loaded = librariesOfANewProcess();

    assertThat(loaded).anyMatch(line -> line.endsWith(NAME));
    assertThat(loaded).noneMatch(line -> line.contains(elsewhere.toString()));
  }

  /** A library that the linker takes for libtorch's by its file name. */
  private static Path anyLibrary() throws IOException {
    String platform = Loader.getPlatform();
    return Loader.cacheResource(
            torch.class, "/org/bytedeco/javacpp/%s/libjnijavacpp.so".formatted(platform))
        .toPath();
  }

  private List<String> librariesOfANewProcess() throws Exception {
    Path said = elsewhere.resolve("said");
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Program.class.getName());
    java.environment().put("LD_LIBRARY_PATH", elsewhere.toString());
    int status = java.redirectErrorStream(true).redirectOutput(said.toFile()).start().waitFor();
    List<String> lines = Files.readAllLines(said, StandardCharsets.UTF_8);
    assertThat(status).as("%s", lines).isZero();
    return lines;
  }

  /** Opens an engine and prints what is loaded. */
  static final class Program {
    public static void main(String[] args) throws IOException {
      TestEngines.cpu(Precision.FLOAT32).close();
      Files.readAllLines(MAPS).stream()
          .filter(line -> line.contains("libtorch"))
          .forEach(System.out::println);
    }
  }
}
