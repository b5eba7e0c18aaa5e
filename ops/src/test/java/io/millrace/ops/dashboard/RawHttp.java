package io.millrace.ops.dashboard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Requests as they go over the wire, with whatever headers: a client library sets its own. */
final class RawHttp {
  private RawHttp() {}

  /** An answer. */
  record Answer(int status, Map<String, String> headers, String body) {}

  /** Sends one request on a connection of its own. */
  static Answer send(int port, String method, String path, String... headers) {
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(20_000);
      boolean named = List.of(headers).stream().anyMatch(h -> h.startsWith("Host:"));
      String request =
          method
              + " "
              + path
              + " HTTP/1.1\r\n"
              + (named ? "" : "Host: localhost:" + port + "\r\n")
              + String.join("", List.of(headers).stream().map(h -> h + "\r\n").toList())
              + (method.equals("POST") ? "Content-Length: 0\r\n" : "")
              + "Connection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int end = all.indexOf("\r\n\r\n");
      var found = new TreeMap<String, String>();
      all.substring(0, end)
          .lines()
          .skip(1)
          .forEach(
              line -> {
                int colon = line.indexOf(':');
                found.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
              });
      return new Answer(Integer.parseInt(all.substring(9, 12)), found, all.substring(end + 4));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
