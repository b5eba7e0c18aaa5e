package io.millrace.serving.kafka;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Tells a topic from another of the same name: one that was deleted and made again is empty. */
final class TopicIdentity {
  private static final int WAIT_MILLIS = 5_000;

  private TopicIdentity() {}

  /**
   * A topic now.
   *
   * @param id unique; one that was made again has another
   */
  record Facts(String id, int partitions) {}

  /**
   * The id of a topic now; empty where there is none of this name.
   *
   * @throws KafkaException when no broker answers
   */
  static Optional<String> of(Admin admin, String topic) {
    return facts(admin, topic).map(Facts::id);
  }

  /** The same with the number of partitions. */
  static Optional<Facts> facts(Admin admin, String topic) {
    try {
      TopicDescription found =
          admin
              .describeTopics(List.of(topic), new DescribeTopicsOptions().timeoutMs(WAIT_MILLIS))
              .allTopicNames()
              .get()
              .get(topic);
      return Optional.of(new Facts(found.topicId().toString(), found.partitions().size()));
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw new KafkaException("no answer about topic '" + topic + "'", e.getCause());
    }
  }
}
