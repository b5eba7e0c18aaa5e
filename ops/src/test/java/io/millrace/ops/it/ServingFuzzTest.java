package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.serving.http.ApiSettings;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged requests of every kind: each gets an answer that blames the request, none harms the
 * process, and a good request afterwards is answered as before.
 */
class ServingFuzzTest {
  private static final int TRIES = 600;
  private static final List<String> PATHS =
      List.of(
          "/v2/models/embed/infer",
          "/v2/models/teacher/infer",
          "/v2/models/auxiliary/byol/infer",
          "/v2/models/auxiliary/distillation/infer",
          "/v2/models/embed/versions/1/infer",
          "/search",
          "/search?k=3&from=2026-01-01T00:00:00Z&version=1&exact=true",
          "/api/forget",
          "/api/releases/1/reject");
  private static final String[] PIECES = {
    "NaN",
    "1e999",
    "-1",
    "9999999999999999999999",
    "null",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "\\u0000",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "\"data\":",
    "\"shape\":[0]",
    "true",
    ",",
    "é"
  };

  @TempDir static Path dir;
  private static ServingHttp http;

  @BeforeAll
  static void serve() throws Exception {
    ApiSettings d = ApiSettings.defaults();
    http =
        new ServingHttp(
            dir,
            new ApiSettings(
                1 << 18,
                8,
                64,
                4,
                8,
                Duration.ofSeconds(60),
                d.drainTimeout(),
                2,
                "",
                false,
                List.of()),
            () -> null);
    http.release("byol");
  }

  @AfterAll
  static void stop() {
    http.close();
  }

  @Test
  void damagedRequestsAreRefusedAndHarmNothing() throws Exception {
    byte[] good = ServingApiTest.pixels(1);
    byte[] before = http.post(PATHS.get(0), good).body();
    String head = ServingApiTest.header("images", "UINT8", 768, 1, 3, 16, 16);
    byte[] binary = ServingApiTest.binary(head, ServingApiTest.planar(ReleasedModels.images(1)));
    byte[] image = ServingApiTest.png(ReleasedModels.images(1).get(0));
    byte[] auxiliary = predictions(http.log.releases(ReleasedModels.MODEL).get(0).featureDim());
    byte[] search =
        "{\"id\":\"x\",\"k\":3,\"filter\":{\"source\":\"s\"}}".getBytes(StandardCharsets.UTF_8);
    var random = new Random(20);
    for (int i = 0; i < TRIES; i++) {
      String path = PATHS.get(random.nextInt(PATHS.size()));
      boolean asBinary = random.nextBoolean();
      boolean infers = path.endsWith("/infer");
      byte[] whole =
          infers ? path.contains("auxiliary") ? auxiliary : asBinary ? binary : good : search;
      byte[] body = damaged(path.contains("?") ? image : whole, random);
      HttpResponse<byte[]> answer =
          infers && asBinary
              ? http.post(path, body, "Inference-Header-Content-Length", length(head, random))
              : http.post(
                  path.contains("?") ? damaged(path, random) : path,
                  body,
                  "Authorization",
                  "Bearer " + http.token,
                  "Content-Type",
                  path.contains("?") ? "image/png" : "application/json");
      String told =
          "try " + i + " " + path + ": " + new String(answer.body(), StandardCharsets.UTF_8);
      int status = answer.statusCode();
      boolean nothingToSearch = path.startsWith("/search") && status == 503;
      assertThat(status == 200 || status >= 400 && status < 500 || nothingToSearch)
          .as(told)
          .isTrue();
      if (status != 200) {
        assertThat(ServingHttp.json(answer).path("error").asText()).as(told).isNotEmpty();
      }
    }
    HttpResponse<byte[]> after = http.post(PATHS.get(0), good);
    assertThat(after.statusCode()).isEqualTo(200);
    assertThat(after.body()).isEqualTo(before);
  }

  /** Another query of the same route. */
  private static String damaged(String path, Random random) {
    String[] values = {"-1", "0", "99999999999999999999", "x", "%00", "%F0%9F%98%80", "", "true"};
    return path.replaceFirst(
        "=[^&]*", "=" + values[random.nextInt(values.length)].replace("%", "%25"));
  }

  /** A good call of an auxiliary loss, in JSON. */
  private static byte[] predictions(int columns) {
    String images = new String(ServingApiTest.pixels(1), StandardCharsets.UTF_8);
    String prediction =
        ",{\"name\":\"student\",\"datatype\":\"FP32\",\"shape\":[1,"
            + columns
            + "],\"data\":["
            + String.join(",", java.util.Collections.nCopies(columns, "0.5"))
            + "]}";
    int end = images.lastIndexOf(']');
    return (images.substring(0, end) + prediction + images.substring(end))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String length(String head, Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> "-1";
      case 1 -> "99999999999";
      case 2 -> "x";
      case 3 -> Integer.toString(random.nextInt(head.length() + 10));
      default -> Integer.toString(head.length());
    };
  }

  private static byte[] damaged(byte[] good, Random random) {
    byte[] out = good.clone();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      int at = random.nextInt(Math.max(1, Math.min(out.length, 250)));
      switch (random.nextInt(5)) {
        case 0 -> out[Math.min(at, out.length - 1)] = (byte) random.nextInt(256);
        case 1 -> out = Arrays.copyOf(out, 1 + random.nextInt(out.length));
        case 2 ->
            out =
                spliced(
                    out,
                    at,
                    PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8),
                    0);
        case 3 -> out = spliced(out, at, new byte[0], random.nextInt(20));
        default ->
            out =
                spliced(
                    out,
                    at,
                    PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8),
                    random.nextInt(6));
      }
    }
    return out;
  }

  private static byte[] spliced(byte[] in, int at, byte[] piece, int removed) {
    int end = Math.min(in.length, at + removed);
    byte[] out = new byte[at + piece.length + in.length - end];
    System.arraycopy(in, 0, out, 0, at);
    System.arraycopy(piece, 0, out, at, piece.length);
    System.arraycopy(in, end, out, at + piece.length, in.length - end);
    return out.length == 0 ? new byte[] {' '} : out;
  }
}
