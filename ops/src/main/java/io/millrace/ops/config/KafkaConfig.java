package io.millrace.ops.config;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Matches;
import java.util.LinkedHashMap;
import java.util.Map;

/** The cluster. */
public record KafkaConfig(
    @Doc("brokers to begin with, host:port with commas between")
        @Matches(
            value = KafkaConfig.SERVER + "(\\s*,\\s*" + KafkaConfig.SERVER + ")*",
            expected = "HOST:PORT, or several with ',', without http:// or the like")
        String bootstrapServers,
    @Doc("put before every topic's name: at most 200 of a-z A-Z 0-9 . _ -") String topicPrefix,
    @Doc("further settings of every client, such as SASL and TLS, as Kafka names them")
        Map<String, String> client) {
  /** A host's name, IPv4 or bracketed IPv6 address, and a port. */
  static final String SERVER =
      "([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:.]+(%[A-Za-z0-9]+)?\\]):"
          + "(6553[0-5]|655[0-2]\\d|65[0-4]\\d{2}|6[0-4]\\d{3}|[1-5]\\d{4}|[1-9]\\d{0,3})";

  public KafkaConfig {
    Allowed.check(KafkaConfig.class, bootstrapServers, topicPrefix, client);
    if (!topicPrefix.matches("[a-zA-Z0-9._-]{0,200}")) {
      throw new IllegalArgumentException(
          "topicPrefix is '" + topicPrefix + "': expected at most 200 of a-z A-Z 0-9 . _ -");
    }
    client = Map.copyOf(client);
    ClientKeys.check(client);
    if (client.containsKey("bootstrap.servers")) {
      throw new IllegalArgumentException(
          "client.bootstrap.servers is '"
              + client.get("bootstrap.servers")
              + "': expected in bootstrapServers instead");
    }
  }

  /** Without the values of client settings: there may be passwords among them. */
  @Override
  public String toString() {
    return "KafkaConfig[%s, %s, client settings %s]"
        .formatted(bootstrapServers, topicPrefix, client.keySet());
  }

  /** A broker on this machine's port 9092, prefix {@code millrace.}. */
  public static KafkaConfig defaults() {
    return new KafkaConfig("localhost:9092", "millrace.", Map.of());
  }

  /** The same on another cluster, without client settings. */
  public KafkaConfig at(String servers) {
    return new KafkaConfig(servers, topicPrefix, Map.of());
  }

  /** What every client is made with. */
  public Map<String, Object> clients() {
    var out = new LinkedHashMap<String, Object>(client);
    out.put("bootstrap.servers", bootstrapServers);
    return out;
  }
}
