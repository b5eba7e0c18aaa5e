package io.millrace.ops.cli;

import io.millrace.ingest.broker.FreePort;
import io.millrace.testing.TestJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A command in a process of its own, which is killed where a test ends before it. */
final class CommandProcess implements AutoCloseable {
  /** For a machine that does much else. */
  static final Duration PATIENCE = Duration.ofMinutes(4);

  private final Path said;
  private final Process process;

  /**
   * Starts it.
   *
   * @param folder what it says goes here, to {@code said}; a native crash leaves {@code crash.log}
   * @param temporary its folder for temporary files
   * @param words what follows {@code millrace}
   */
  CommandProcess(Path folder, Path temporary, List<String> words) throws IOException {
    this(folder, temporary, Main.class, words, Map.of());
  }

  /**
   * As above.
   *
   * @param environment variables besides its maker's
   */
  CommandProcess(Path folder, Path temporary, List<String> words, Map<String, String> environment)
      throws IOException {
    this(folder, temporary, Main.class, words, environment);
  }

  /** The same of another program. */
  CommandProcess(Path folder, Path temporary, Class<?> program, List<String> words)
      throws IOException {
    this(folder, temporary, program, words, Map.of());
  }

  private CommandProcess(
      Path folder,
      Path temporary,
      Class<?> program,
      List<String> words,
      Map<String, String> environment)
      throws IOException {
    said = folder.resolve("said");
    var all = new ArrayList<>(takesInterrupts());
    all.addAll(TestJvm.command(512));
    all.add("-XX:ErrorFile=" + folder.resolve("crash.log"));
    all.add("-Djava.io.tmpdir=" + Files.createDirectories(temporary));
    all.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    all.addAll(words);
    var builder = new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(said.toFile());
    builder.environment().putAll(environment);
    process = builder.start();
  }

  /** Settings of a demo whose broker meets no other one's port. */
  static List<String> ownPort() throws IOException {
    return List.of("--set", "kafka.bootstrapServers=localhost:" + FreePort.next());
  }

  /** A shell without job control has its background processes ignore interrupts, and theirs. */
  private static List<String> takesInterrupts() throws IOException {
    Path status = Path.of("/proc/self/status");
    boolean ignored =
        Files.exists(status)
            && Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    return ignored ? List.of("env", "--default-signal=INT") : List.of();
  }

  /** As Ctrl-C does. */
  void interrupt() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for its end; returns whether it has ended. */
  boolean ends(Duration most) throws InterruptedException {
    return process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
  }

  int exitCode() {
    return process.exitValue();
  }

  /** All that it said so far, on stdout and stderr. */
  String said() {
    try {
      return Files.readString(said);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its last line; empty where it said nothing. */
  String last() {
    return said().lines().filter(line -> !line.isBlank()).reduce("", (a, b) -> b);
  }

  /** By SIGKILL. */
  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    kill();
  }
}
