package io.millrace.ingest.feed;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.Admin;

/** A {@link TopicInspector} that asks through Kafka's admin client. */
final class AdminTopicInspector implements TopicInspector {
  private final Admin admin;
  private final String topic;

  AdminTopicInspector(Admin admin, String topic) {
    this.admin = admin;
    this.topic = topic;
  }

  @Override
  public CompletionStage<TopicFacts> inspect() {
    return admin
        .describeCluster()
        .clusterId()
        .toCompletionStage()
        .thenCombine(
            admin.describeTopics(List.of(topic)).topicNameValues().get(topic).toCompletionStage(),
            (clusterId, description) ->
                new TopicFacts(
                    clusterId, description.topicId().toString(), description.partitions().size()));
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(5));
  }
}
