package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.serving.http.ApiSettings;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that take too long, and requests while the process stops. */
class ServingLimitsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String EMBED = "/v2/models/embed/infer";

  @TempDir Path dir;

  @Test
  void aStopAnswersWhatIsInProgressAndNothingNew() throws Exception {
    byte[] body = ServingApiTest.pixels(1);
    try (ServingHttp http = new ServingHttp(dir, ApiSettings.defaults(), () -> null)) {
      http.release("byol");
      URI address = URI.create(http.address());
      try (var slow = new Socket(address.getHost(), address.getPort())) {
        String head =
            "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nConnection: close\r\n\r\n";
        var out = slow.getOutputStream();
        out.write(head.formatted(EMBED, body.length).getBytes(StandardCharsets.US_ASCII));
        out.write(body, 0, 10);
        out.flush();
        await()
            .atMost(SOON)
            .until(() -> http.meters.scrape().contains("\nmillrace_api_progress 1.0"));
        CompletableFuture<Void> stopping = CompletableFuture.runAsync(http.api()::close);
        await().atMost(SOON).until(() -> http.post(EMBED, body).statusCode() == 503);
        assertThat(stopping).isNotDone();
        out.write(body, 10, body.length - 10);
        out.flush();
        assertThat(new String(slow.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .startsWith("HTTP/1.1 200");
        stopping.get(SOON.toSeconds(), TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void aClientThatSendsItsBodyTooSlowlyGivesItsPlaceBack() throws Exception {
    try (ServingHttp http = new ServingHttp(dir, hurried(), () -> null)) {
      http.release("byol");
      URI address = URI.create(http.address());
      try (var slow = new Socket(address.getHost(), address.getPort())) {
        String head = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";
        var out = slow.getOutputStream();
        out.write(head.formatted(EMBED).getBytes(StandardCharsets.US_ASCII));
        out.flush();
        CompletableFuture<String> answer =
            CompletableFuture.supplyAsync(
                () -> {
                  byte[] line = new byte[12];
                  try {
                    slow.getInputStream().readNBytes(line, 0, line.length);
                  } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                  return new String(line, StandardCharsets.US_ASCII);
                });
        await()
            .atMost(SOON)
            .until(
                () -> {
                  if (!answer.isDone()) {
                    out.write('x'); // every now and then a byte
                    out.flush();
                  }
                  return answer.isDone();
                });
        assertThat(answer.get()).isEqualTo("HTTP/1.1 408");
      }
      await()
          .atMost(SOON)
          .until(() -> http.meters.scrape().contains("\nmillrace_api_progress 0.0"));
    }
  }

  @Test
  void aClientThatReadsOnlyWhenAllIsSentLearnsWhyItWasRefused() throws Exception {
    int length = 2 * ApiSettings.defaults().maxBodyBytes();
    try (ServingHttp http = new ServingHttp(dir, ApiSettings.defaults(), () -> null)) {
      http.release("byol");
      URI address = URI.create(http.address());
      try (var client = new Socket(address.getHost(), address.getPort())) {
        String head =
            "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nConnection: close\r\n\r\n";
        var out = client.getOutputStream();
        out.write(head.formatted(EMBED, length).getBytes(StandardCharsets.US_ASCII));
        out.write(new byte[length]);
        out.flush();
        assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .startsWith("HTTP/1.1 413")
            .contains("api.maxBodyBytes");
      }
    }
  }

  private static ApiSettings hurried() {
    ApiSettings d = ApiSettings.defaults();
    return new ApiSettings(
        d.maxBodyBytes(),
        d.maxBatch(),
        d.maxSide(),
        d.maxConcurrent(),
        d.maxWaiting(),
        Duration.ofMillis(10),
        d.drainTimeout(),
        d.loadedReleases(),
        d.tokenFile(),
        d.protectReads(),
        List.of());
  }

  @Test
  void whatTakesTooLongIsGivenUp() throws Exception {
    try (ServingHttp http = new ServingHttp(dir, hurried(), () -> null)) {
      http.release("byol");
      // The first call waits for an engine and for the release to load.
      HttpResponse<byte[]> late = http.post(EMBED, ServingApiTest.pixels(1));
      assertThat(late.statusCode()).isEqualTo(503);
      assertThat(new String(late.body(), StandardCharsets.UTF_8)).contains("api.requestTimeout");
      assertThat(http.meters.scrape()).contains("millrace_api_refused_total{status=\"503\"} 1.0");
    }
  }
}
