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
            value = "[^\\s,]+:\\d{1,5}(,[^\\s,]+:\\d{1,5})*",
            expected = "HOST:PORT, or several with ','")
        String bootstrapServers,
    @Doc("put before every topic's name") String topicPrefix,
    @Doc("further settings of every client, such as SASL and TLS, as Kafka names them")
        Map<String, String> client) {
  public KafkaConfig {
    Allowed.check(KafkaConfig.class, bootstrapServers, topicPrefix, client);
    client = Map.copyOf(client);
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
