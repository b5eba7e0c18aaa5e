package io.millrace.ingest.topology;

import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * What a topic must be.
 *
 * @param name with its prefix
 * @param partitions how many
 * @param replicationFactor copies
 * @param configs topic configurations that matter, by Kafka's names
 * @param purpose what flows there, for people
 */
public record TopicSpec(
    String name,
    int partitions,
    int replicationFactor,
    Map<String, String> configs,
    String purpose) {
  public TopicSpec {
    configs = Map.copyOf(configs);
  }

  NewTopic toCreate() {
    return new NewTopic(name, Optional.of(partitions), Optional.of((short) replicationFactor))
        .configs(configs);
  }
}
