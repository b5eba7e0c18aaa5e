package io.millrace.learner.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.broker.FreePort;
import io.millrace.ingest.source.synthetic.SyntheticSettings;
import io.millrace.ingest.source.synthetic.SyntheticSource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a first user of a checkout meets: {@code ./millrace demo} until it finds neighbors of a
 * picture, the meters it shows then, and how it takes a wrong token.
 *
 * @param seconds from the command to the first neighbors
 * @param series lines of {@code /metrics} in all
 * @param kafkaSeries those of Kafka's clients and of Kafka Streams
 * @param wrongToken seconds to the answer, and what it says
 */
record FirstResult(double seconds, long series, long kafkaSeries, Checkout.Outcome wrongToken) {
  private static final int PATIENCE_SECONDS = 600;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** Runs a demo until then. */
  static FirstResult of(Checkout checkout) throws IOException, InterruptedException {
    int port = FreePort.next();
    byte[] picture;
    try (var source = new SyntheticSource(SyntheticSettings.defaults())) {
      picture = source.heldOut().read(0).bytes();
    }
    String base = "http://127.0.0.1:" + port;
    HttpRequest search =
        HttpRequest.newBuilder(URI.create(base + "/search?k=5"))
            .header("Content-Type", "image/jpeg")
            .POST(BodyPublishers.ofByteArray(picture))
            .build();
    long started = System.nanoTime();
    Process demo =
        checkout.start(
            List.of("demo", "--duration", "30m", "--port", Integer.toString(port)),
            Map.of(),
            ProcessBuilder.Redirect.DISCARD);
    try {
      while (!found(search)) {
        if (demo.waitFor(500, TimeUnit.MILLISECONDS)) {
          throw new IOException("the demo ended with " + demo.exitValue());
        }
        if (System.nanoTime() - started > PATIENCE_SECONDS * 1e9) {
          throw new IOException("no neighbors after " + PATIENCE_SECONDS + " s");
        }
      }
      double seconds = (System.nanoTime() - started) / 1e9;
      List<String> series =
          CLIENT
              .send(
                  HttpRequest.newBuilder(URI.create(base + "/metrics")).build(),
                  BodyHandlers.ofLines())
              .body()
              .filter(line -> !line.startsWith("#"))
              .toList();
      return new FirstResult(
          seconds,
          series.size(),
          series.stream().filter(line -> line.startsWith("kafka_")).count(),
          wrongToken(base));
    } finally {
      demo.destroy();
      if (!demo.waitFor(2, TimeUnit.MINUTES)) {
        demo.destroyForcibly();
      }
    }
  }

  private static boolean found(HttpRequest search) throws InterruptedException {
    try {
      HttpResponse<String> answer = CLIENT.send(search, BodyHandlers.ofString());
      return answer.statusCode() == 200
          && new ObjectMapper().readTree(answer.body()).findValue("id") != null;
    } catch (IOException e) {
      return false; // it does not answer yet
    }
  }

  private static Checkout.Outcome wrongToken(String base) throws IOException, InterruptedException {
    long asked = System.nanoTime();
    HttpResponse<String> answer =
        CLIENT.send(
            HttpRequest.newBuilder(URI.create(base + "/api/releases/1/promote"))
                .header("Authorization", "Bearer wrong")
                .POST(BodyPublishers.noBody())
                .build(),
            BodyHandlers.ofString());
    return new Checkout.Outcome(
        (System.nanoTime() - asked) / 1e9, answer.statusCode() + ": " + answer.body().strip());
  }

  /**
   * Commands of README's block that begins a section, without asking how it does.
   *
   * @param until the command by which there is a result
   */
  static long commands(Checkout checkout, String section, String until) throws IOException {
    String readme = Files.readString(checkout.home().resolve(Path.of("README.md")));
    int at = readme.indexOf("\n## " + section + "\n");
    if (at < 0) {
      throw new IOException("README.md has no section '" + section + "'");
    }
    int from = readme.indexOf("```\n", at) + 4;
    long count = 0;
    for (String line : readme.substring(from, readme.indexOf("```", from)).lines().toList()) {
      count += line.startsWith("./millrace ") ? 1 : 0;
      if (line.startsWith("./millrace " + until)) {
        return count;
      }
    }
    throw new IOException("README.md has no command '" + until + "' under '" + section + "'");
  }
}
