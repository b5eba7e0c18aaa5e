package io.millrace.serving.client;

import io.millrace.ingest.stream.TopicFollower;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code embedding.refresh} says: which versions have embeddings, and which are complete.
 * Every reader that follows the topic comes to the same answer, so serving processes and
 * subscribers switch alike.
 */
public final class RefreshState {
  private static final Logger log = LoggerFactory.getLogger(RefreshState.class);

  private final String model;
  private final TreeMap<Long, SortedMap<Integer, RefreshRecord>> byVersion = new TreeMap<>();

  private final Set<String> otherModels = new TreeSet<>();

  /** Of one model; empty. */
  public RefreshState(String model) {
    this.model = model;
  }

  /**
   * Follows the topic into this board.
   *
   * @param consumer closed with the follower
   */
  public TopicFollower follow(Consumer<byte[], byte[]> consumer, String topic) {
    return new TopicFollower(
        consumer,
        topic,
        r -> {
          if (r.key() != null) {
            accept(EmbeddingRecords.text(r.key()), r.value());
          }
        });
  }

  /** Consumes one record of the topic, in the topic's order. */
  public void accept(String key, byte @Nullable [] value) {
    try {
      if (value == null) {
        forget(RefreshRecord.versionOf(key), RefreshRecord.partitionOf(key));
        return;
      }
      RefreshRecord record = RefreshRecord.parse(value);
      if (!record.model().equals(model)) {
        otherModels.add(record.model());
      } else {
        byVersion
            .computeIfAbsent(record.version(), v -> new TreeMap<>())
            .put(record.partition(), record);
      }
    } catch (IOException | RuntimeException e) {
      log.warn("a refresh record under key '{}' is not readable: {}", key, e.getMessage());
    }
  }

  private void forget(long version, int partition) {
    SortedMap<Integer, RefreshRecord> partitions = byVersion.get(version);
    if (partitions != null) {
      partitions.remove(partition);
      if (partitions.isEmpty()) {
        byVersion.remove(version);
      }
    }
  }

  /** Models other than this one that have embeddings here, as nobody's should. */
  public Set<String> otherModels() {
    return Set.copyOf(otherModels);
  }

  /** Versions that may have embeddings. */
  public Set<Long> versions() {
    return new TreeSet<>(byVersion.keySet());
  }

  /** Records of one version, by partition. */
  public List<RefreshRecord> of(long version) {
    return new ArrayList<>(byVersion.getOrDefault(version, new TreeMap<>()).values());
  }

  /** Whether every partition of a version has reached its end. */
  public boolean complete(long version) {
    return promotionOfComplete(version) >= 0;
  }

  /** The version that was completed for the latest promotion: the one that serves. */
  public OptionalLong live() {
    return byVersion.keySet().stream()
        .filter(this::complete)
        .max((a, b) -> Long.compare(promotionOfComplete(a), promotionOfComplete(b)))
        .map(OptionalLong::of)
        .orElse(OptionalLong.empty());
  }

  /** Complete versions, the latest promoted first. */
  public List<Long> completeVersions() {
    return byVersion.keySet().stream()
        .filter(this::complete)
        .sorted((a, b) -> Long.compare(promotionOfComplete(b), promotionOfComplete(a)))
        .toList();
  }

  /** The promotion that a complete version answers; −1 when the version is not complete. */
  public long promotionOfComplete(long version) {
    Map<Integer, RefreshRecord> records = byVersion.getOrDefault(version, new TreeMap<>());
    int partitions = records.values().stream().mapToInt(RefreshRecord::partitions).max().orElse(0);
    long promotion = records.values().stream().mapToLong(RefreshRecord::promotion).max().orElse(-1);
    if (partitions == 0 || records.size() < partitions) {
      return -1;
    }
    boolean all =
        records.values().stream().allMatch(r -> r.complete() && r.promotion() == promotion);
    return all ? promotion : -1;
  }
}
