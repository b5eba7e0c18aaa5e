package io.millrace.ingest.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.feed.FeedBatch;
import io.millrace.ingest.feed.FeedImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.ingest.feed.ImageFeed;
import io.millrace.ingest.feed.PositionMismatchException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a real broker shows of the feed. */
class KafkaFeedTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir static Path dir;
  private static EmbeddedBroker broker;
  private AcceptedTopic topic;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void open() {
    topic = new AcceptedTopic(broker.bootstrapServers(), 2);
  }

  @AfterEach
  void close() {
    topic.close();
  }

  @Test
  void readsCommittedImagesOnlyAndResumesBetweenTheirGaps() {
    List<String> committed = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers", broker.bootstrapServers(), "transactional.id", topic.name()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.initTransactions();
      for (int transaction = 0; transaction < 12; transaction++) {
        producer.beginTransaction();
        for (int i = 0; i < 3; i++) {
          String id = transaction + "-" + i;
          producer.send(topic.record(i % 2, id, id.getBytes(UTF_8)));
          if (transaction % 3 != 1) {
            committed.add(id);
          }
        }
        if (transaction % 3 == 1) {
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
        }
      }
      producer.beginTransaction();
      producer.send(topic.record(0, "open", "open".getBytes(UTF_8)));
      producer.flush();

      List<FeedBatch> whole = drain(null, 4);
      assertThat(whole.stream().flatMap(b -> ids(b).stream()))
          .containsExactlyInAnyOrderElementsOf(committed);
      for (int stop = 0; stop < whole.size(); stop++) {
        assertThat(drain(whole.get(stop).next(), 4).stream().map(KafkaFeedTest::ids))
            .containsExactlyElementsOf(
                whole.subList(stop + 1, whole.size()).stream().map(KafkaFeedTest::ids).toList());
      }
      producer.abortTransaction();
    }
  }

  @Test
  void refusesATopicThatWasDeletedAndMadeAgain() throws Exception {
    FeedPosition position = positionAfter("a", "b");
    topic.admin().deleteTopics(List.of(topic.name())).all().get();
    await()
        .atMost(SOON)
        .until(() -> !topic.admin().listTopics().names().get().contains(topic.name()));
    topic.create(2);
    topic.append(0, "c", "c");
    topic.append(0, "d", "d");
    topic.append(0, "e", "e");

    try (ImageFeed feed = topic.open(0)) {
      assertThatThrownBy(() -> feed.seek(position))
          .isInstanceOf(PositionMismatchException.class)
          .hasMessageContaining("topic id of " + topic.name())
          .hasMessageContaining(position.topicId());
    }
  }

  @Test
  void refusesAnotherCluster() {
    FeedPosition position = positionAfter("a");
    FeedPosition elsewhere =
        new FeedPosition(
            "another", position.topicId(), position.partitions(), position.turn(), position.seen());
    try (ImageFeed feed = topic.open(0)) {
      assertThatThrownBy(() -> feed.seek(elsewhere))
          .isInstanceOf(PositionMismatchException.class)
          .hasMessageContaining("'another', this is '" + broker.clusterId() + "'");
    }
  }

  @Test
  void countsWhatRetentionRemovedAndGoesOn() throws Exception {
    FeedPosition position = positionAfter("a", "b");
    try (ImageFeed running = topic.open(0);
        ImageFeed restarted = topic.open(0)) {
      running.seek(position);
      for (String id : List.of("c", "d", "e", "f")) {
        topic.append(0, id, id);
      }
      topic
          .admin()
          .deleteRecords(
              Map.of(new TopicPartition(topic.name(), 0), RecordsToDelete.beforeOffset(5)))
          .all()
          .get();
      restarted.seek(position);
      for (ImageFeed feed : List.of(running, restarted)) {
        FeedBatch batch = next(feed, 5);
        assertThat(ids(batch)).containsExactly("f");
        assertThat(batch.gaps()).isEqualTo(3);
      }
    }
  }

  @Test
  void findsNewPartitionsWhileItReads() throws Exception {
    topic.append(0, "a", "a");
    try (ImageFeed feed = topic.open(0)) {
      assertThat(ids(next(feed, 1))).containsExactly("a");
      topic.admin().createPartitions(Map.of(topic.name(), NewPartitions.increaseTo(3))).all().get();
      topic.append(2, "new", "new");
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(ids(feed.next(1, Duration.ofMillis(50)))).containsExactly("new"));
    }
  }

  @Test
  void showsItsProgressToKafka() {
    FeedPosition position = positionAfter("a", "b");
    try (ImageFeed feed = topic.open(0)) {
      feed.seek(position);
      feed.showProgress(position);
    }
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(
                        topic
                            .admin()
                            .listConsumerGroupOffsets(topic.name() + "-learner")
                            .partitionsToOffsetAndMetadata()
                            .get())
                    .extractingByKey(new TopicPartition(topic.name(), 0))
                    .extracting(OffsetAndMetadata::offset)
                    .isEqualTo(2L));
  }

  @Test
  void goesOnWhenItsBrokerIsStartedAgain(@TempDir Path own) {
    EmbeddedBroker first = EmbeddedBroker.start(BrokerSettings.defaults(own));
    int port = Integer.parseInt(first.bootstrapServers().split(":")[1]);
    try (AcceptedTopic images = new AcceptedTopic(first.bootstrapServers(), 1);
        ImageFeed feed = images.open(0)) {
      images.append(0, "a", "a");
      FeedPosition position = next(feed, 1).next();
      first.close();
      assertThat(feed.next(1, Duration.ofMillis(100))).isNull();
      try (EmbeddedBroker second =
              EmbeddedBroker.start(BrokerSettings.defaults(own).withPort(port));
          ImageFeed restarted = images.open(0)) {
        images.append(0, "b", "b");
        assertThat(ids(next(feed, 1))).containsExactly("b");
        restarted.seek(position);
        assertThat(ids(next(restarted, 1))).containsExactly("b");
        assertThat(second.clusterId()).isEqualTo(position.clusterId());
      }
    } finally {
      first.close();
    }
  }

  private FeedPosition positionAfter(String... ids) {
    for (String id : ids) {
      topic.append(0, id, id);
    }
    try (ImageFeed feed = topic.open(0)) {
      return next(feed, ids.length).next();
    }
  }

  private List<FeedBatch> drain(@Nullable FeedPosition from, int size) {
    List<FeedBatch> batches = new ArrayList<>();
    try (ImageFeed feed = topic.open(0)) {
      if (from != null) {
        feed.seek(from);
      }
      while (feed.lag().orElse(1) > 0) {
        FeedBatch batch = feed.next(size, Duration.ofMillis(50));
        if (batch != null) {
          batches.add(batch);
        }
      }
    }
    return batches;
  }

  private static FeedBatch next(ImageFeed feed, int size) {
    FeedBatch[] batch = new FeedBatch[1];
    await()
        .pollInSameThread()
        .atMost(SOON)
        .until(
            () -> {
              batch[0] = feed.next(size, Duration.ofMillis(100));
              return batch[0] != null;
            });
    return batch[0];
  }

  private static List<String> ids(@Nullable FeedBatch batch) {
    return batch == null ? List.of() : batch.images().stream().map(FeedImage::id).toList();
  }
}
