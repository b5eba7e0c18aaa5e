package io.millrace.learner.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One part as a process of its own, started again and again. */
final class ChaosProcess {
  private static final Duration ENDING = Duration.ofSeconds(90);
  private static final int SHOWN_LINES = 60;

  private final ChaosPart part;
  private final Path folder;
  private final int broker;
  private final int http;
  private final ChaosLaunch how;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private @Nullable Process process;
  private int endedByItself;

  /**
   * @param broker port of the broker
   * @param http port where the part answers
   */
  ChaosProcess(ChaosPart part, Path folder, int broker, int http, ChaosLaunch how) {
    this.part = part;
    this.folder = folder;
    this.broker = broker;
    this.http = http;
    this.how = how;
  }

  void start() {
    Process before = process;
    if (before != null && before.isAlive()) {
      return;
    }
    process = launch(arguments(), part + ".log");
  }

  private List<String> arguments() {
    if (part == ChaosPart.BROKER) {
      return List.of(
          "broker",
          "--data-dir",
          folder.resolve("kafka").toString(),
          "--port",
          Integer.toString(broker));
    }
    var out = new ArrayList<String>();
    if (part == ChaosPart.PUBLISHER) {
      out.addAll(
          List.of("publish", "--images", "synthetic", "--rate", Integer.toString(how.rate())));
      out.addAll(List.of("--max-lag", "0"));
    } else {
      out.addAll(List.of("run", "--roles", part.toString()));
    }
    out.addAll(settings());
    return out;
  }

  private List<String> settings() {
    var out = new ArrayList<>(usual());
    how.settings().forEach(setting -> out.addAll(List.of("--set", setting))); // the last one holds
    return out;
  }

  private List<String> usual() {
    return List.of(
        "--config",
        folder.resolve("millrace.yaml").toString(),
        "--set",
        "kafka.bootstrapServers=localhost:" + broker,
        "--set",
        "dataDir=" + folder.resolve("data"),
        "--set",
        "http.port=" + http,
        "--set",
        "learner.idle=rest", // processors are for what is tried here
        "--set",
        "learner.checkpoint.everySeconds=5",
        "--set",
        "learner.release.warmUpSteps=20",
        "--set",
        "learner.release.everySeconds=3600");
  }

  /** Runs a command to its end. */
  void command(String... words) throws InterruptedException {
    var all = new ArrayList<>(List.of(words));
    all.addAll(settings());
    int code = launch(all, words[0] + ".log").waitFor();
    if (code != 0) {
      throw new IllegalStateException("millrace " + all + " ended with " + code);
    }
  }

  private Process launch(List<String> arguments, String log) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Most of a process' short life is its start: no second compiler.
    command.addAll(
        List.of(
            "-Xmx" + how.heapMiB(part) + "m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add("io.millrace.ops.cli.Main");
    command.addAll(arguments);
    try {
      var builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(log).toFile()));
      if (part != ChaosPart.BROKER) { // a broker does not start under libfaketime
        builder.environment().putAll(how.environment());
      }
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void startAgainIfEnded() {
    Process p = process;
    if (p != null && !p.isAlive()) {
      endedByItself++;
      start();
    }
  }

  int endedByItself() {
    return endedByItself;
  }

  /** Processor time since it was started, in seconds. */
  double processorSeconds() {
    Process p = process;
    return p == null
        ? 0
        : p.toHandle().info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3;
  }

  /** SIGKILL, and waits until it is gone. */
  void kill() throws InterruptedException {
    Process p = process;
    if (p != null) {
      p.destroyForcibly().waitFor();
    }
  }

  /** Sends a signal by its name, such as STOP. */
  void signal(String name) throws IOException, InterruptedException {
    Process p = process;
    if (p == null
        || new ProcessBuilder("kill", "-" + name, Long.toString(p.pid())).start().waitFor() != 0) {
      throw new IllegalStateException("no " + name + " for " + part);
    }
  }

  /** SIGTERM, and waits for a clean end; it is not started again. */
  void end() throws InterruptedException {
    Process p = process;
    process = null;
    if (p == null) {
      return;
    }
    p.destroy();
    if (!p.waitFor(ENDING.toSeconds(), TimeUnit.SECONDS)) {
      p.destroyForcibly().waitFor();
      throw new IllegalStateException(part + " did not end within " + ENDING.toSeconds() + " s");
    }
  }

  /** Whether its role says that it is ready. */
  boolean isReady() {
    HttpResponse<String> answer = readiness();
    return answer != null && answer.statusCode() == 200;
  }

  /** Null while it does not listen. */
  private @Nullable HttpResponse<String> readiness() {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + "/v2/health/ready/" + part))
            .timeout(Duration.ofSeconds(10))
            .build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /** Whether it runs, what it says of being ready, and the last line of its log; one line. */
  String condition() {
    Process p = process;
    HttpResponse<String> answer = readiness();
    List<String> log = log();
    return (p != null && p.isAlive() ? "runs, " : "ended, ")
        + endedByItself
        + " times by itself, "
        + (answer == null ? "does not listen" : answer.body().strip())
        + ", log ends: "
        + (log.isEmpty() ? "" : log.get(log.size() - 1));
  }

  /** The end of its log, and what its threads do while it runs. */
  String logAndThreads() {
    List<String> log = log();
    Process p = process;
    return "---- log of "
        + part
        + "\n"
        + String.join("\n", log.subList(Math.max(0, log.size() - SHOWN_LINES), log.size()))
        + "\n---- threads of "
        + part
        + "\n"
        + (p != null && p.isAlive() ? threads(p.pid()) : "it has ended");
  }

  private List<String> log() {
    try {
      return Files.readAllLines(folder.resolve(part + ".log"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return List.of(e.toString());
    }
  }

  private static String threads(long pid) {
    try {
      Process jcmd =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                  Long.toString(pid),
                  "Thread.print")
              .redirectErrorStream(true)
              .start();
      return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString(); // a runtime without tools
    }
  }
}
