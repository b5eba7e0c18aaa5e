package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.http.RequestImageSettings;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
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
            "POST %s HTTP/1.1\r\n"
                + "Host: localhost\r\n"
                + "Content-Length: %d\r\n"
                + "Connection: close\r\n\r\n";
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
            "POST %s HTTP/1.1\r\n"
                + "Host: localhost\r\n"
                + "Content-Length: %d\r\n"
                + "Connection: close\r\n\r\n";
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

  @Test
  void clientsThatSendNothingTakeNoPlaceFromOthersAndAreSentAway() throws Exception {
    try (ServingHttp http = new ServingHttp(dir, ApiSettings.defaults(), () -> null)) {
      http.release("byol");
      byte[] body = ServingApiTest.pixels(1);
      var silent = new ArrayList<Socket>();
      try {
        for (int i = 0; i < 40; i++) {
          silent.add(begun(http, EMBED, 100_000));
        }
        await()
            .atMost(SOON)
            .until(() -> http.meters.scrape().contains("\nmillrace_api_progress 40.0"));
        assertThat(http.post(EMBED, body).statusCode()).isEqualTo(200);
        assertThat(
                http.post("/api/releases/rollback", body, "Authorization", "Bearer " + http.token)
                    .statusCode())
            .as("those that act")
            .isEqualTo(200);
        for (Socket socket : silent) {
          assertThat(statusLine(socket)).isEqualTo("HTTP/1.1 408");
        }
      } finally {
        for (Socket socket : silent) {
          socket.close();
        }
      }
    }
  }

  @Test
  void oneClientTakesNoMoreThanItsShareAndActionsHaveTheirOwn() throws Exception {
    ApiSettings d = ApiSettings.defaults();
    ApiSettings settings = limits(d.requestTimeout(), 1, 1, d.image());
    try (ServingHttp http = new ServingHttp(dir, settings, () -> null)) {
      http.release("byol");
      var mine = new ArrayList<Socket>();
      try {
        for (int i = 0; i < 4; i++) {
          Socket socket = begun(http, EMBED, 100_000);
          socket.getOutputStream().write(new byte[1000]);
          mine.add(socket);
        }
        await()
            .atMost(SOON)
            .until(() -> http.meters.scrape().contains("\nmillrace_api_progress 4.0"));
        HttpResponse<byte[]> more = http.post(EMBED, ServingApiTest.pixels(1));
        assertThat(more.statusCode()).isEqualTo(429);
        assertThat(more.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(new String(more.body(), StandardCharsets.UTF_8)).contains("api.maxPerClient");
        assertThat(
                http.post(
                        "/api/forget",
                        "{\"id\":\"x\"}".getBytes(StandardCharsets.UTF_8),
                        "Authorization",
                        "Bearer " + http.token)
                    .statusCode())
            .isEqualTo(200);
      } finally {
        for (Socket socket : mine) {
          socket.close();
        }
      }
      await()
          .atMost(SOON)
          .until(() -> http.post(EMBED, ServingApiTest.pixels(1)).statusCode() == 200);
    }
  }

  @Test
  void aRefusedClientThatSendsNothingIsNotWaitedFor() throws Exception {
    try (ServingHttp http = new ServingHttp(dir, ApiSettings.defaults(), () -> null)) {
      http.release("byol");
      long began = System.nanoTime();
      try (Socket socket = begun(http, EMBED, 20_000_000)) {
        assertThat(statusLine(socket)).isEqualTo("HTTP/1.1 413");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .as("two seconds to read on, and no connection's idle time of thirty")
          .isLessThan(Duration.ofSeconds(15));
    }
  }

  /** Both decoders of requests hang in the reader itself, which nothing can end. */
  @Test
  void aDecodeThatReallyHangsIsAnsweredInTimeAndCostsOthersNoMoreThanTheirImages()
      throws Exception {
    ApiSettings d = ApiSettings.defaults();
    var image = new RequestImageSettings(16L << 20, 20, Duration.ofMillis(100), 2);
    ApiSettings settings = limits(Duration.ofSeconds(4), d.maxPerClient(), d.minBodyRate(), image);
    try (ServingHttp http = new ServingHttp(dir, settings, () -> null)) {
      http.release("byol");
      await()
          .atMost(SOON)
          .until(() -> http.post(EMBED, ServingApiTest.pixels(1)).statusCode() == 200);
      try (var hanging = new HangingPng()) {
        byte[] bad = encoded(HangingPng.file());
        var answers = new ArrayList<CompletableFuture<HttpResponse<byte[]>>>();
        for (int i = 0; i < 4; i++) {
          answers.add(CompletableFuture.supplyAsync(() -> http.post(EMBED, bad)));
        }
        await().atMost(SOON).until(() -> hanging.hanging() == 2);
        assertThat(http.post(EMBED, ServingApiTest.pixels(1)).statusCode())
            .as("what needs no decoder")
            .isEqualTo(200);
        for (CompletableFuture<HttpResponse<byte[]>> answer : answers) {
          HttpResponse<byte[]> said = answer.get(SOON.toSeconds(), TimeUnit.SECONDS);
          assertThat(said.statusCode()).isIn(400, 503);
        }
        HttpResponse<byte[]> next = http.post(EMBED, encoded(good()));
        assertThat(next.statusCode()).isEqualTo(503);
        assertThat(new String(next.body(), StandardCharsets.UTF_8)).contains("2 decoders hang");
        assertThat(http.post(EMBED, ServingApiTest.pixels(1)).statusCode()).isEqualTo(200);
        assertThat(hanging.hanging()).isEqualTo(2);
      }
      await().atMost(SOON).until(() -> http.post(EMBED, encoded(good())).statusCode() == 200);
    }
  }

  private static byte[] encoded(byte[] file) {
    return """
    {"inputs": [{"name": "images", "datatype": "BYTES", "shape": [1], "data": ["%s"]}]}\
    """
        .formatted(Base64.getEncoder().encodeToString(file))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] good() throws IOException {
    var out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(40, 40, BufferedImage.TYPE_INT_RGB), "png", out);
    return out.toByteArray();
  }

  /** A request whose body is yet to come. */
  private static Socket begun(ServingHttp http, String path, int length) throws IOException {
    URI address = URI.create(http.address());
    var socket = new Socket(address.getHost(), address.getPort());
    String head = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n";
    socket
        .getOutputStream()
        .write(head.formatted(path, length).getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static String statusLine(Socket socket) throws IOException {
    byte[] line = new byte[12];
    int read = socket.getInputStream().readNBytes(line, 0, line.length);
    return new String(line, 0, read, StandardCharsets.US_ASCII);
  }

  /** The defaults but for these. */
  private static ApiSettings limits(
      Duration requestTimeout, int maxPerClient, int minBodyRate, RequestImageSettings image) {
    ApiSettings d = ApiSettings.defaults();
    return new ApiSettings(
        d.maxBodyBytes(),
        d.maxBatch(),
        d.maxSide(),
        d.maxConcurrent(),
        d.maxWaiting(),
        requestTimeout,
        d.drainTimeout(),
        d.loadedReleases(),
        d.tokenFile(),
        d.protectReads(),
        List.of(),
        false,
        List.of(),
        maxPerClient,
        minBodyRate,
        image);
  }

  private static ApiSettings hurried() {
    ApiSettings d = ApiSettings.defaults();
    return limits(Duration.ofMillis(10), d.maxPerClient(), d.minBodyRate(), d.image());
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
