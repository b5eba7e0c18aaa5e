package io.millrace.serving.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.stream.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Whoever follows releases says so where it can't, and goes on. */
class KafkaReleaseCatalogTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Topics TOPICS = Topics.defaults();
  private static final TopicPartition RELEASES = new TopicPartition(TOPICS.modelReleases(), 0);

  @Test
  void aFollowerThatFailsIsSaidAndReplaced() {
    MockConsumer<byte[], byte[]> first = consumer();
    MockConsumer<byte[], byte[]> second = consumer();
    second.schedulePollTask(() -> second.addRecord(pointer(7)));
    Queue<Consumer<byte[], byte[]>> readers = new ConcurrentLinkedQueue<>(List.of(first, second));
    var book =
        new KafkaReleaseCatalog(
            Map.of("bootstrap.servers", "localhost:1"),
            TOPICS,
            "model",
            OptionalLong::empty,
            () -> readers.remove());
    try (book) {
      assertThat(book.notFollowed()).isNull();
      first.setPollException(new KafkaException("as the test wants it"));
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(book.notFollowed()).contains("as the test wants it"));
      await().atMost(SOON).until(() -> book.serving().equals(OptionalLong.of(7)));
      assertThat(book.notFollowed()).isNull();
      assertThat(first.closed()).isTrue();
    }
    assertThat(book.notFollowed()).contains("has ended");
    assertThat(second.closed()).isTrue();
  }

  private static ConsumerRecord<byte[], byte[]> pointer(long version) {
    return new ConsumerRecord<>(
        RELEASES.topic(),
        0,
        0,
        "model@serving".getBytes(StandardCharsets.UTF_8),
        ("{\"model\":\"model\",\"version\":" + version + "}").getBytes(StandardCharsets.UTF_8));
  }

  private static MockConsumer<byte[], byte[]> consumer() {
    var consumer = new MockConsumer<byte[], byte[]>("none");
    var node = new Node(0, "localhost", 1);
    consumer.updatePartitions(
        RELEASES.topic(),
        List.of(
            new PartitionInfo(RELEASES.topic(), 0, node, new Node[] {node}, new Node[] {node})));
    consumer.updateBeginningOffsets(Map.of(RELEASES, 0L));
    consumer.updateEndOffsets(Map.of(RELEASES, 0L));
    return consumer;
  }
}
