package io.millrace.learner.bench;

import java.awt.image.BufferedImage;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;

/**
 * Good and damaged requests of every route, drawn from a seed, and what was answered. One thread,
 * one server on the loopback address.
 */
final class HttpFuzz {
  private static final int PATIENCE_MILLIS = 20_000;
  private static final int KEPT_FAILURES = 5;
  private static final String CRLF = "\r\n";
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
    "%00",
    "../"
  };
  private static final String[] VALUES = {
    "1",
    "0",
    "-1",
    "99999999999999999999",
    "x",
    "%00",
    "%F0%9F%98%80",
    "%2F",
    "a%2Fb",
    "%zz",
    "..",
    "embed",
    "teacher",
    "auxiliary%2Fbyol",
    "layer4",
    "learner"
  };
  private static final String[] METHODS = {
    "GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "BREW"
  };

  private final int port;
  private final String token;
  private final List<String> routes;
  private final Random random;
  private final byte[] infer;
  private final byte[] binary;
  private final byte[] image;
  private final Map<String, Long> counts = new TreeMap<>();
  private final List<String> failures = new ArrayList<>();

  HttpFuzz(int port, String token, List<String> routes, long seed) {
    this.port = port;
    this.token = token;
    this.routes = routes;
    this.random = new Random(seed);
    int side = FuzzServer.SIDE;
    String shape = "\"shape\":[1,3," + side + "," + side + "]";
    var pixels = new StringBuilder();
    for (int i = 0; i < 3 * side * side; i++) {
      pixels.append(i == 0 ? "" : ",").append(i % 256);
    }
    infer =
        utf8(
            "{\"id\":\"f\",\"inputs\":[{\"name\":\"images\",\"datatype\":\"UINT8\","
                + shape
                + ",\"data\":["
                + pixels
                + "]}]}");
    byte[] head =
        utf8(
            "{\"inputs\":[{\"name\":\"images\",\"datatype\":\"UINT8\","
                + shape
                + ",\"parameters\":{\"binary_data_size\":"
                + 3 * side * side
                + "}}]}");
    binary = Arrays.copyOf(head, head.length + 3 * side * side);
    binaryHead = head.length;
    image = png(side);
  }

  private final int binaryHead;

  /** How many answers there were by status, and by what came in place of one. */
  Map<String, Long> counts() {
    return counts;
  }

  /** Requests that were answered with an error of ours, or not at all; a few of them. */
  List<String> failures() {
    return failures;
  }

  /** Sends one request and judges its answer. */
  void next() {
    Request request = request();
    String outcome;
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      try {
        socket.getOutputStream().write(request.bytes());
        socket.getOutputStream().flush();
      } catch (IOException e) {
        // Refused before all was sent: the answer says why.
      }
      outcome = answer(socket.getInputStream());
    } catch (SocketTimeoutException e) {
      outcome = "none";
    } catch (IOException e) {
      outcome = "closed";
    }
    counts.merge(outcome, 1L, Long::sum);
    boolean isOurs = outcome.startsWith("5") && !outcome.equals("503") || outcome.equals("none");
    if (isOurs && failures.size() < KEPT_FAILURES) {
      failures.add(outcome + " to " + request.line());
    }
  }

  /** How many were answered with an error of ours, or not at all. */
  long failed() {
    return counts.entrySet().stream()
        .filter(
            e ->
                e.getKey().startsWith("5") && !e.getKey().equals("503")
                    || e.getKey().equals("none"))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** Reads the status and, where it has an end, the rest. */
  private static String answer(InputStream from) throws IOException {
    var in = new BufferedInputStream(from);
    var head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith(CRLF + CRLF)) {
      int b = in.read();
      if (b < 0) {
        return "closed";
      }
      head.write(b);
    }
    String text = head.toString(StandardCharsets.ISO_8859_1);
    if (!text.toLowerCase(Locale.ROOT).contains("text/event-stream")) {
      in.readAllBytes();
    }
    return text.length() > 12 ? text.substring(9, 12) : "closed";
  }

  /**
   * A request.
   *
   * @param line what a person needs to send it again
   */
  private record Request(String line, byte[] bytes) {}

  private Request request() {
    String route = routes.get(random.nextInt(routes.size()));
    int space = route.indexOf(' ');
    String method = rarely(12) ? pick(METHODS) : route.substring(0, space);
    String path = path(route.substring(space + 1));
    boolean has = method.equals("POST") || method.equals("PUT");
    boolean asBinary = has && random.nextInt(3) == 0;
    byte[] body = has ? body(path, asBinary) : new byte[0];
    var headers = new ArrayList<String>();
    headers.add(
        "Host: "
            + (rarely(20) ? pick("evil.example", "", "[::", "a b", "localhost:x") : "localhost"));
    if (rarely(2)) {
      headers.add("Authorization: Bearer " + (rarely(8) ? "wrong" : token));
    }
    if (rarely(12)) {
      headers.add(
          "Origin: " + pick("https://evil.example", "null", "http://localhost", "http://["));
    }
    if (rarely(6)) {
      headers.add("Accept: " + pick("text/event-stream", "*/*", "application/json", "%"));
    }
    if (has) {
      body = encoded(body, headers);
      if (asBinary) {
        headers.add(
            "Inference-Header-Content-Length: "
                + (rarely(5) ? pick("-1", "99999999999", "x", "3") : Integer.toString(binaryHead)));
      }
      headers.add(
          "Content-Type: "
              + pick("application/json", "image/png", "IMAGE/JPEG", "text/plain", ";"));
      // Now and then one that says more is coming than does.
      headers.add("Content-Length: " + (rarely(400) ? body.length + 5 : body.length));
    }
    headers.add("Connection: close");
    String line = method + " " + path + " HTTP/1.1";
    byte[] head = utf8(line + CRLF + String.join(CRLF, headers) + CRLF + CRLF);
    byte[] all = Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, all, head.length, body.length);
    return new Request(line + " " + headers + " and " + body.length + " bytes", all);
  }

  private String path(String pattern) {
    var out = new StringBuilder();
    for (String part : pattern.split("(?=/)")) {
      out.append(part.contains("{") || part.contains("*") ? "/" + pick(VALUES) : part);
    }
    if (rarely(8)) {
      out.append(
          pick("?k=3&version=1", "?k=-1", "?from=x", "?exact=true&k=2", "?%zz", "?=&&", "//"));
    }
    if (rarely(30)) {
      out.insert(random.nextInt(out.length() + 1), pick(PIECES));
    }
    return out.toString().replace(" ", "%20");
  }

  private byte[] body(String path, boolean asBinary) {
    byte[] good =
        path.contains("infer")
            ? asBinary ? binary : infer
            : rarely(3)
                ? image
                : utf8(
                    pick(
                        "{\"id\":\"i3\",\"k\":3,\"filter\":{\"source\":\"s\"}}",
                        "{\"id\":\"i3\",\"exact\":true,\"version\":null}",
                        "{\"vector\":[1,2],\"version\":1}",
                        "{\"why\":null}",
                        ""));
    return rarely(3) ? good : damaged(good);
  }

  private byte[] encoded(byte[] body, List<String> headers) {
    if (!rarely(8)) {
      return body;
    }
    String encoding = pick("gzip", "deflate", "GZIP", "br", "identity");
    headers.add("Content-Encoding: " + encoding);
    var out = new ByteArrayOutputStream();
    try (var packed =
        encoding.equals("deflate") ? new DeflaterOutputStream(out) : new GZIPOutputStream(out)) {
      packed.write(rarely(6) ? new byte[32 << 20] : body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rarely(4) ? damaged(out.toByteArray()) : out.toByteArray();
  }

  private byte[] damaged(byte[] good) {
    byte[] out = good.length == 0 ? new byte[] {' '} : good.clone();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      int at = random.nextInt(Math.min(out.length, 250));
      switch (random.nextInt(4)) {
        case 0 -> out[at] = (byte) random.nextInt(256);
        case 1 -> out = Arrays.copyOf(out, 1 + random.nextInt(out.length));
        case 2 -> out = spliced(out, at, utf8(pick(PIECES)), 0);
        default -> out = spliced(out, at, utf8(pick(PIECES)), random.nextInt(20));
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
    return out;
  }

  private boolean rarely(int oneOf) {
    return random.nextInt(oneOf) == 0;
  }

  private String pick(String... of) {
    return of[random.nextInt(of.length)];
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] png(int side) {
    var out = new ByteArrayOutputStream();
    try {
      ImageIO.write(new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB), "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
