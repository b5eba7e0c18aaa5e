package io.millrace.ingest.source;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/**
 * What the cluster says of a topic.
 *
 * @param topicId unique id: another one after the topic was deleted and made again
 * @param maxRecordBytes the largest record it takes
 */
record TargetFacts(String topicId, int maxRecordBytes) {
  private static final long TIMEOUT_SECONDS = 30;

  static TargetFacts of(Admin admin, String topic) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try {
      String id =
          admin
              .describeTopics(List.of(topic))
              .topicNameValues()
              .get(topic)
              .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
              .topicId()
              .toString();
      ConfigEntry limit =
          admin
              .describeConfigs(List.of(resource))
              .values()
              .get(resource)
              .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
              .get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
      return new TargetFacts(
          id, limit == null ? Integer.MAX_VALUE : Integer.parseInt(limit.value()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PublishException("interrupted while asking for topic " + topic, e);
    } catch (ExecutionException | TimeoutException e) {
      throw new PublishException(
          "topic " + topic + " can't be described: is it there, and the broker up?", e);
    }
  }
}
