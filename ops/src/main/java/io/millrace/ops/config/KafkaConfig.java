package io.millrace.ops.config;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The cluster.
 *
 * @param bootstrapServers brokers to begin with, {@code host:port} with commas between
 * @param topicPrefix put before every topic's name
 * @param client further settings of every client, such as SASL and TLS, as Kafka names them
 */
public record KafkaConfig(String bootstrapServers, String topicPrefix, Map<String, String> client) {
  public KafkaConfig {
    client = Map.copyOf(client);
    if (!bootstrapServers.matches("[^\\s,]+:\\d{1,5}(,[^\\s,]+:\\d{1,5})*")) {
      throw new IllegalArgumentException(
          "bootstrapServers is '"
              + bootstrapServers
              + "': expected HOST:PORT, or several with ','");
    }
    if (client.containsKey("bootstrap.servers")) {
      throw new IllegalArgumentException(
          "client.bootstrap.servers is '"
              + client.get("bootstrap.servers")
              + "': expected in bootstrapServers instead");
    }
  }

  /** A broker on this machine's port 9092, prefix {@code millrace.}. */
  public static KafkaConfig defaults() {
    return new KafkaConfig("localhost:9092", "millrace.", Map.of());
  }

  /** The same on another cluster, without client settings. */
  KafkaConfig at(String servers) {
    return new KafkaConfig(servers, topicPrefix, Map.of());
  }

  /** What every client is made with. */
  Map<String, Object> clients() {
    var out = new LinkedHashMap<String, Object>(client);
    out.put("bootstrap.servers", bootstrapServers);
    return out;
  }
}
