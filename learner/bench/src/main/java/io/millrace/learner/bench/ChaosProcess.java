package io.millrace.learner.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One part as a process of its own, started again and again. */
final class ChaosProcess {
  private static final Duration ENDING = Duration.ofSeconds(90);

  private final ChaosPart part;
  private final Path folder;
  private final int broker;
  private final int http;
  private final int rate;
  private final int learners;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private @Nullable Process process;
  private int endedByItself;

  /**
   * @param broker port of the broker
   * @param http port where the part answers
   * @param learners how many processes learn or stand by
   */
  ChaosProcess(ChaosPart part, Path folder, int broker, int http, int rate, int learners) {
    this.part = part;
    this.folder = folder;
    this.broker = broker;
    this.http = http;
    this.rate = rate;
    this.learners = learners;
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
      out.addAll(List.of("publish", "--images", "synthetic", "--rate", Integer.toString(rate)));
      out.addAll(List.of("--max-lag", "0"));
    } else {
      out.addAll(List.of("run", "--roles", part.role()));
      if (part.role().equals(ChaosPart.LEARNER.toString()) && learners > 1) {
        out.addAll(List.of("--set", "learner.group.maxSize=" + learners));
      }
    }
    out.addAll(settings());
    return out;
  }

  private List<String> settings() {
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
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add("io.millrace.ops.cli.Main");
    command.addAll(arguments);
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(log).toFile()))
          .start();
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

  /** SIGKILL, and waits until it is gone. */
  void kill() throws InterruptedException {
    Process p = process;
    if (p != null) {
      p.destroyForcibly().waitFor();
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
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + http + "/v2/health/ready/" + part.role()))
            .timeout(Duration.ofSeconds(10))
            .build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false; // it does not listen yet
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
