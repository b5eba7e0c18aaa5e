package io.millrace.learner.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.broker.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How fast one {@code ./millrace demo} goes, read from its status route: each rate from the first
 * image to the last.
 *
 * @param learned stream images consumed by the learner a second
 * @param images stream images consumed in all
 * @param embedded embeddings published a second, those of re-embedding included
 * @param embeddings embeddings in all
 * @param lag most accepted images that the learner was behind
 * @param mebibytes most resident memory
 */
record DemoRates(
    double learned, long images, double embedded, long embeddings, double lag, double mebibytes) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A count over time. */
  private static final class Counted {
    private double first;
    private double last;
    private long firstAt;
    private long lastAt;

    void see(double count, long at) {
      if (count > 0 && firstAt == 0) {
        first = count;
        firstAt = at;
      }
      if (count > last) {
        last = count;
        lastAt = at;
      }
    }

    double rate() {
      return lastAt > firstAt ? (last - first) / ((lastAt - firstAt) / 1e9) : Double.NaN;
    }
  }

  /**
   * Runs a demo.
   *
   * @param home the checkout whose demo it is
   * @param options after {@code demo}: images, settings
   */
  static DemoRates of(Path home, List<String> options, String duration)
      throws IOException, InterruptedException {
    int port = FreePort.next();
    Path summary = Files.createTempFile("millrace-demo", ".json");
    var command = new ArrayList<>(List.of(home.resolve("millrace").toString(), "demo"));
    command.addAll(options);
    command.addAll(List.of("--duration", duration, "--port", Integer.toString(port)));
    command.addAll(List.of("--summary", summary.toString()));
    Process demo = new ProcessBuilder(command).directory(home.toFile()).inheritIO().start();
    try {
      var learned = new Counted();
      var embedded = new Counted();
      double lag = 0;
      while (!demo.waitFor(1, TimeUnit.SECONDS)) {
        JsonNode status = status(port);
        long now = System.nanoTime();
        learned.see(status.at("/learner/applied").asDouble(), now);
        embedded.see(status.at("/serving/embeddings").asDouble(), now);
        lag = Math.max(lag, status.at("/learner/lag").asDouble());
      }
      if (demo.exitValue() != 0) {
        throw new IllegalStateException(
            String.join(" ", command) + " ended with " + demo.exitValue());
      }
      JsonNode end = JSON.readTree(summary.toFile());
      return new DemoRates(
          learned.rate(),
          end.path("applied").asLong(),
          embedded.rate(),
          end.path("embeddings").asLong(),
          lag,
          end.path("peakResidentBytes").asDouble() / (1 << 20));
    } finally {
      demo.destroy();
      Files.deleteIfExists(summary);
    }
  }

  /** The running demo's status; an empty object while it does not answer. */
  static JsonNode status(int port) throws InterruptedException {
    try {
      return JSON.readTree(
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/status"))
                      .build(),
                  BodyHandlers.ofString())
              .body());
    } catch (IOException e) {
      return JSON.createObjectNode(); // it has not begun to answer, or has ended
    }
  }
}
