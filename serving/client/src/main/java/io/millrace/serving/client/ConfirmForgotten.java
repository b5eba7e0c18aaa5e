package io.millrace.serving.client;

import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.ingest.stream.ImageId;
import io.millrace.ingest.stream.TopicEnd;
import io.millrace.ingest.stream.TopicReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * Sees in images.accepted that images are gone: that every tombstone which {@link ForgetImages}
 * wrote to a partition of images.raw has come through ingest, and that no partition holds the image
 * after them. It reads the topic from its start, so it takes as long as the gallery is large.
 */
public final class ConfirmForgotten {
  private static final Duration POLL = Duration.ofMillis(200);

  /**
   * What became of an image.
   *
   * @param seen whether the log still held a record of it, from before the tombstones
   * @param remains partitions of images.accepted whose last record of it is an image: it was sent
   *     again since, or partitions were added after it came
   */
  public record Fate(boolean seen, Set<Integer> remains) {
    /** Whether it is gone. */
    public boolean gone() {
      return remains.isEmpty();
    }
  }

  private final Map<String, Object> client;
  private final String acceptedTopic;

  /**
   * @param client what every Kafka client needs: bootstrap servers, security
   * @param acceptedTopic images.accepted with its prefix
   */
  public ConfirmForgotten(Map<String, Object> client, String acceptedTopic) {
    this.client = Map.copyOf(client);
    this.acceptedTopic = acceptedTopic;
  }

  /**
   * Waits until the tombstones have come through.
   *
   * @param asked what {@link ForgetImages#forget} gave, by image id
   * @return by image id
   * @throws IllegalStateException naming an image whose tombstones did not come through in time
   */
  public Map<String, Fate> await(Map<String, Map<Integer, Long>> asked, Duration patience) {
    var waits = new HashMap<String, Set<Integer>>();
    asked.forEach((id, offsets) -> waits.put(id, new HashSet<>(offsets.keySet())));
    var seen = new HashSet<String>();
    var last = new HashMap<String, Set<Integer>>();
    asked.keySet().forEach(id -> last.put(id, new TreeSet<>()));
    long deadline = System.nanoTime() + patience.toNanos();
    try (Consumer<byte[], byte[]> consumer = TopicReader.open(client)) {
      List<TopicPartition> partitions = TopicEnd.partitions(consumer, acceptedTopic);
      consumer.assign(partitions);
      consumer.beginningOffsets(partitions).forEach(consumer::seek);
      while (waits.values().stream().anyMatch(open -> !open.isEmpty()) || lags(consumer)) {
        if (System.nanoTime() - deadline > 0) {
          throw late(waits, patience);
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          String id = record.key() == null ? "" : ImageId.decode(record.key());
          Map<Integer, Long> offsets = asked.get(id);
          if (offsets == null) {
            continue;
          }
          Set<Integer> holds = Objects.requireNonNull(last.get(id));
          if (record.value() != null) {
            seen.add(id);
            holds.add(record.partition());
          } else {
            holds.remove(record.partition());
            Integer from = number(record, ImageHeaders.ORIGIN_PARTITION);
            Long at = from == null ? null : offsets.get(from);
            String offset = HeaderText.get(record.headers(), ImageHeaders.ORIGIN_OFFSET);
            if (at != null && at.toString().equals(offset)) {
              Objects.requireNonNull(waits.get(id)).remove(from);
            }
          }
        }
      }
    }
    var out = new HashMap<String, Fate>();
    last.forEach((id, holds) -> out.put(id, new Fate(seen.contains(id), Set.copyOf(holds))));
    return out;
  }

  private static boolean lags(Consumer<byte[], byte[]> consumer) {
    return consumer.assignment().stream().anyMatch(p -> consumer.currentLag(p).orElse(1) > 0);
  }

  private static @org.jspecify.annotations.Nullable Integer number(
      ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    String text = header == null ? null : HeaderText.get(record.headers(), name);
    return text != null && text.matches("\\d{1,9}") ? Integer.valueOf(text) : null;
  }

  private static IllegalStateException late(Map<String, Set<Integer>> waits, Duration patience) {
    Map.Entry<String, Set<Integer>> open =
        waits.entrySet().stream()
            .filter(e -> !e.getValue().isEmpty())
            .findFirst()
            .orElse(Map.entry("", Set.of()));
    return new IllegalStateException(
        "'%s' is not known to be gone after %d s: ingest has not passed on its tombstones of partitions %s of images.raw; does it run?"
            .formatted(open.getKey(), patience.toSeconds(), new TreeSet<>(open.getValue())));
  }
}
