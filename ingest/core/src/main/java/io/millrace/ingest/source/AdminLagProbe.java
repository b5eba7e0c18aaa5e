package io.millrace.ingest.source;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lag by committed offsets, over consumer groups and their topics. A group that has committed
 * nothing counts from the start of the log. What a group shows only at its checkpoints is as old as
 * the last of them: allow for that in the limit.
 */
public final class AdminLagProbe implements LagProbe {
  private static final Logger LOG = LoggerFactory.getLogger(AdminLagProbe.class);
  private static final long TIMEOUT_SECONDS = 10;

  private final Admin admin;
  private final Map<String, Set<String>> topicsByGroup;

  /**
   * @param admin stays the caller's to close
   * @param topicsByGroup the topics that each consumer group reads
   */
  public AdminLagProbe(Admin admin, Map<String, Set<String>> topicsByGroup) {
    this.admin = admin;
    this.topicsByGroup = Map.copyOf(topicsByGroup);
  }

  @Override
  public OptionalLong lag() {
    return byPartition()
        .map(all -> OptionalLong.of(all.values().stream().mapToLong(Long::longValue).sum()))
        .orElse(OptionalLong.empty());
  }

  /**
   * Records that each partition's group has yet to read; empty when it can't be told now. Where
   * several groups read one topic, what the slowest of them lacks.
   */
  public Optional<Map<TopicPartition, Long>> byPartition() {
    try {
      var all = new HashMap<TopicPartition, Long>();
      for (Map.Entry<String, Set<String>> group : topicsByGroup.entrySet()) {
        lag(group.getKey(), group.getValue()).forEach((at, lag) -> all.merge(at, lag, Math::max));
      }
      return Optional.of(all);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("the lag of {} can't be told now: {}", topicsByGroup.keySet(), e.toString());
      return Optional.empty();
    }
  }

  private Map<TopicPartition, Long> lag(String group, Set<String> topics)
      throws InterruptedException, ExecutionException, TimeoutException {
    List<TopicPartition> partitions = new ArrayList<>();
    for (TopicDescription topic :
        admin
            .describeTopics(topics)
            .allTopicNames()
            .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .values()) {
      topic
          .partitions()
          .forEach(info -> partitions.add(new TopicPartition(topic.name(), info.partition())));
    }
    Map<TopicPartition, OffsetAndMetadata> committed =
        admin
            .listConsumerGroupOffsets(group)
            .partitionsToOffsetAndMetadata()
            .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    Map<TopicPartition, Long> starts = offsets(partitions, OffsetSpec.earliest());
    Map<TopicPartition, Long> ends = offsets(partitions, OffsetSpec.latest());
    var lags = new HashMap<TopicPartition, Long>();
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata own = committed.get(partition);
      long start = starts.getOrDefault(partition, 0L);
      long at = own == null ? start : Math.max(start, own.offset());
      lags.put(partition, Math.max(0, ends.getOrDefault(partition, at) - at));
    }
    return lags;
  }

  private Map<TopicPartition, Long> offsets(List<TopicPartition> partitions, OffsetSpec spec)
      throws InterruptedException, ExecutionException, TimeoutException {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, spec));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    admin
        .listOffsets(wanted)
        .all()
        .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .forEach((partition, found) -> offsets.put(partition, found.offset()));
    return offsets;
  }
}
