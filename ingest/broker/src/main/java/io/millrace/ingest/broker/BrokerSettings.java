package io.millrace.ingest.broker;

import java.nio.file.Path;
import java.util.Map;

/**
 * One Kafka broker that is its own controller.
 *
 * @param dataDir where its logs and its cluster id live
 * @param host address it listens on and tells clients
 * @param port port it listens on; 0 chooses a free one
 * @param maxMessageBytes largest record batch that a topic takes unless it says otherwise
 * @param properties further broker properties; they win
 */
public record BrokerSettings(
    Path dataDir, String host, int port, int maxMessageBytes, Map<String, String> properties) {
  /** An image topic's largest limit, and headers on top. */
  private static final int MOST = 257 * 1024 * 1024;

  public BrokerSettings {
    if (host.isBlank()) {
      throw new IllegalArgumentException("host is '" + host + "': expected a name or an address");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port is " + port + ": expected 0 to 65535");
    }
    if (maxMessageBytes < 128 * 1024 || maxMessageBytes > MOST) {
      throw new IllegalArgumentException(
          "maxMessageBytes is " + maxMessageBytes + ": expected 131072 to " + MOST);
    }
    properties = Map.copyOf(properties);
  }

  /** On the loopback address, a free port, 8 MiB a record batch. */
  public static BrokerSettings defaults(Path dataDir) {
    return new BrokerSettings(dataDir, "127.0.0.1", 0, 8 * 1024 * 1024, Map.of());
  }

  /** The same with another limit on record batches. */
  public BrokerSettings withMaxMessageBytes(int maxMessageBytes) {
    return new BrokerSettings(dataDir, host, port, maxMessageBytes, properties);
  }

  /** The same on a given port, or on a free one where that is taken. */
  public BrokerSettings withPortIfFree(int port) {
    return withPort(Ports.areFree(host, port) ? port : 0);
  }

  /** The same on a given port. */
  public BrokerSettings withPort(int port) {
    return new BrokerSettings(dataDir, host, port, maxMessageBytes, properties);
  }
}
