package io.millrace.ops.config;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/** Names of the settings of Kafka's clients. Kafka itself passes over a name it does not know. */
final class ClientKeys {
  private static final TreeSet<String> KNOWN = new TreeSet<>();

  static {
    KNOWN.addAll(AdminClientConfig.configNames());
    KNOWN.addAll(ConsumerConfig.configNames());
    KNOWN.addAll(ProducerConfig.configNames());
    KNOWN.addAll(StreamsConfig.configDef().names());
  }

  private ClientKeys() {}

  /**
   * Checks names: one that Kafka does not know may be a plug-in's, but not where it is nearly one
   * that Kafka knows.
   *
   * @throws IllegalArgumentException naming it and the one that is meant
   */
  static void check(Map<String, String> client) {
    for (String key : client.keySet()) {
      if (KNOWN.contains(key)) {
        continue;
      }
      KNOWN.stream()
          .min(Comparator.comparingInt(known -> EditDistance.of(known, key)))
          .filter(known -> EditDistance.of(known, key) <= 2)
          .ifPresent(
              known -> {
                throw new IllegalArgumentException(
                    "client."
                        + key
                        + " is no setting of Kafka's clients: did you mean "
                        + known
                        + "?");
              });
    }
  }
}
