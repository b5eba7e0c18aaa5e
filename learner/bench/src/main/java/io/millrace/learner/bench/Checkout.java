package io.millrace.learner.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A checkout whose {@code ./millrace} is run as a user would. */
record Checkout(Path home) {
  private static final int PATIENCE_SECONDS = 180;
  private static final int SHOWN = 180;

  /**
   * What came of a command.
   *
   * @param seconds until it ended, or until it was given up
   * @param said the line that tells what is wrong, and how many more there were
   */
  record Outcome(double seconds, String said) {}

  /** Has the launcher build what it runs, which is no part of a command's time. */
  void build() throws IOException, InterruptedException {
    Process process = start(List.of("--version"), Map.of(), ProcessBuilder.Redirect.DISCARD);
    if (process.waitFor() != 0) {
      throw new IOException(home + "/millrace --version ended with " + process.exitValue());
    }
  }

  /** Runs a command that is expected to fail. */
  Outcome run(List<String> words, Map<String, String> environment, Path folder)
      throws IOException, InterruptedException {
    Path said = Files.createTempFile(folder, "said", ".txt");
    long started = System.nanoTime();
    Process process = start(words, environment, ProcessBuilder.Redirect.to(said.toFile()));
    boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    double seconds = (System.nanoTime() - started) / 1e9;
    if (!ended) {
      process.destroy();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
    String text = text(Files.readString(said), folder);
    return new Outcome(
        seconds, ended ? "exit " + process.exitValue() + ": " + text : "still running: " + text);
  }

  /** Starts a command. */
  Process start(List<String> words, Map<String, String> environment, ProcessBuilder.Redirect output)
      throws IOException {
    var command = new ArrayList<>(List.of(home.resolve("millrace").toString()));
    command.addAll(words);
    var builder = new ProcessBuilder(command).directory(home.toFile());
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true).redirectOutput(output).start();
  }

  private String text(String said, Path folder) {
    List<String> lines = said.lines().filter(line -> !line.isBlank()).toList();
    String line =
        lines.stream()
            .filter(l -> l.startsWith("millrace: ") && !l.startsWith("millrace: warning"))
            .findFirst()
            .orElse(lines.isEmpty() ? "nothing" : lines.get(lines.size() - 1));
    String plain = line.replace(folder + "/", "").replace(home + "/", "").replace("|", "/");
    String shown = plain.length() <= SHOWN ? plain : plain.substring(0, SHOWN) + " …";
    return lines.size() > 1 ? shown + " (" + lines.size() + " lines)" : shown;
  }
}
