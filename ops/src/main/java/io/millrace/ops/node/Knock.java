package io.millrace.ops.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Whether anything listens: Kafka's client tries a refused address for a minute and more. */
final class Knock {
  private static final long AGAIN_MILLIS = 200;

  private Knock() {}

  /**
   * Connects to the servers, one after another, until one of them listens.
   *
   * @param servers host:port with commas between; what is not so is left to Kafka's client
   * @param most how long a broker that just starts is waited for
   * @return empty where one listens; else what each of them says
   */
  static Optional<String> closed(String servers, Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    Map<String, String> said = new LinkedHashMap<>();
    while (true) {
      for (String server : servers.split(",")) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        Optional<String> refusal = refusal(server.strip(), (int) Math.max(100, left));
        if (refusal.isEmpty()) {
          return Optional.empty();
        }
        said.put(server.strip(), refusal.get());
      }
      if (TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()) <= AGAIN_MILLIS) {
        return Optional.of(
            said.entrySet().stream()
                .map(e -> e.getKey() + " says " + e.getValue())
                .collect(Collectors.joining("; ")));
      }
      Thread.sleep(AGAIN_MILLIS);
    }
  }

  /** Why nothing listens there; empty where something does. */
  private static Optional<String> refusal(String server, int millis) {
    int colon = server.lastIndexOf(':');
    String port = server.substring(colon + 1);
    if (colon < 1 || !port.matches("\\d{1,5}")) {
      return Optional.empty();
    }
    String host = server.substring(0, colon).replaceAll("[\\[\\]]", "");
    try (var socket = new Socket()) {
      var address = new InetSocketAddress(host, Integer.parseInt(port));
      if (address.isUnresolved()) {
        throw new UnknownHostException("unknown host");
      }
      socket.connect(address, millis);
      return Optional.empty();
    } catch (SocketTimeoutException e) {
      return Optional.of("nothing within " + millis + " ms");
    } catch (IOException | IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
