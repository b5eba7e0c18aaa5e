package io.millrace.ingest.broker;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Matches;
import io.millrace.ingest.settings.Range;
import java.nio.file.Path;
import java.util.Map;

/** One Kafka broker that is its own controller. */
public record BrokerSettings(
    @Doc("where its logs and its cluster id live") Path dataDir,
    @Doc("address it listens on and tells clients")
        @Matches(value = ".*\\S.*", expected = "a name or an address")
        String host,
    @Doc("port it listens on; 0 chooses a free one") @Range(min = 0, max = 65_535) int port,
    @Doc("largest record batch that a topic takes unless it says otherwise")
        @Range(min = 128 * 1024, max = MOST)
        int maxMessageBytes,
    @Doc("further broker properties; they win") Map<String, String> properties) {
  /** An image topic's largest limit, and headers on top. */
  private static final int MOST = 257 * 1024 * 1024;

  public BrokerSettings {
    Allowed.check(BrokerSettings.class, dataDir, host, port, maxMessageBytes, properties);
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
  BrokerSettings withPortIfFree(int port) {
    return withPort(Ports.areFree(host, port) ? port : 0);
  }

  /** The same on a given port. */
  public BrokerSettings withPort(int port) {
    return new BrokerSettings(dataDir, host, port, maxMessageBytes, properties);
  }
}
