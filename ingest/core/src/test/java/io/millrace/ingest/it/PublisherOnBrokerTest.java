package io.millrace.ingest.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.source.AdminLagProbe;
import io.millrace.ingest.source.LagProbe;
import io.millrace.ingest.source.PublishException;
import io.millrace.ingest.source.PublishProgress;
import io.millrace.ingest.source.PublishReport;
import io.millrace.ingest.source.PublishSettings;
import io.millrace.ingest.source.PublishTarget;
import io.millrace.ingest.source.Publisher;
import io.millrace.ingest.source.SourceMetrics;
import io.millrace.ingest.source.SyntheticSettings;
import io.millrace.ingest.source.SyntheticSource;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublisherOnBrokerTest {
  @TempDir static Path dir;

  private static EmbeddedBroker broker;
  private static Map<String, Object> client;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
    client = Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static Topics topics(String prefix) {
    Topics topics = new Topics(prefix);
    try (Admin admin = Admin.create(client)) {
      new TopicAdmin(admin, Duration.ofSeconds(20))
          .ensure(TopicCatalog.of(topics, TopicSettings.defaults()));
    }
    return topics;
  }

  private static SyntheticSource source(long images) {
    return new SyntheticSource(SyntheticSettings.defaults().withImages(images));
  }

  private static Publisher publisher(
      SyntheticSource source, Topics topics, LagProbe lag, Consumer<PublishProgress> progress) {
    return Publisher.connect(
        source,
        new PublishTarget(topics.imagesRaw(), topics.publisherPositions()),
        PublishSettings.defaults(),
        client,
        lag,
        SourceMetrics.NONE,
        progress);
  }

  @Test
  void stoppedAndStartedAgainItPublishesEachImageOnce() throws Exception {
    Topics topics = topics("again.");
    AtomicReference<Publisher> running = new AtomicReference<>();
    PublishReport first;
    try (Publisher publisher =
        publisher(
            source(2_000),
            topics,
            LagProbe.NONE,
            progress -> {
              if (progress.done() >= 700) {
                running.get().stop();
              }
            })) {
      running.set(publisher);
      first = publisher.run();
    }
    assertThat(first.complete()).isFalse();
    try (Publisher publisher = publisher(source(2_000), topics, LagProbe.NONE, progress -> {})) {
      PublishReport second = publisher.run();
      assertThat(second.complete()).isTrue();
      assertThat(first.published() + second.published()).isEqualTo(2_000);
    }
    assertThat(ids(topics.imagesRaw())).hasSize(2_000).doesNotHaveDuplicates();
  }

  @Test
  void aSecondPublisherFencesTheFirstAndNothingIsPublishedTwice() throws Exception {
    Topics topics = topics("fence.");
    CountDownLatch committed = new CountDownLatch(1);
    CountDownLatch fenced = new CountDownLatch(1);
    AtomicReference<Throwable> end = new AtomicReference<>();
    try (Publisher older =
        publisher(
            source(3_000),
            topics,
            LagProbe.NONE,
            progress -> {
              committed.countDown();
              try {
                fenced.await(); // the older one goes on once the younger is done
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            })) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  older.run();
                } catch (InterruptedException | PublishException e) {
                  end.set(e);
                }
              });
      thread.start();
      committed.await();
      try (Publisher younger = publisher(source(3_000), topics, LagProbe.NONE, progress -> {})) {
        assertThat(younger.run().complete()).isTrue();
      }
      fenced.countDown();
      thread.join();
    }
    assertThat(end.get())
        .isInstanceOf(PublishException.class)
        .hasMessageContaining("another publisher of synthetic");
    assertThat(ids(topics.imagesRaw())).hasSize(3_000).doesNotHaveDuplicates();
  }

  @Test
  void theLagOfAGroupThatHasReadNothingIsTheWholeLog() throws Exception {
    Topics topics = topics("lag.");
    try (Publisher publisher = publisher(source(100), topics, LagProbe.NONE, progress -> {})) {
      publisher.run();
    }
    try (Admin admin = Admin.create(client)) {
      LagProbe probe = new AdminLagProbe(admin, Map.of("nobody", Set.of(topics.imagesRaw())));
      OptionalLong lag = probe.lag();
      assertThat(lag).isPresent();
      assertThat(lag.getAsLong()).isBetween(100L, 120L); // records, and markers of transactions
      assertThat(new AdminLagProbe(admin, Map.of("nobody", Set.of("no.such.topic"))).lag())
          .isEmpty();
    }
  }

  @Test
  void aMissingTopicIsNamed() {
    assertThatThrownBy(
            () -> publisher(source(1), new Topics("missing."), LagProbe.NONE, progress -> {}))
        .isInstanceOf(PublishException.class)
        .hasMessageContaining("topic missing.images.raw can't be described");
  }

  private static List<String> ids(String topic) {
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest"),
            new StringDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      List<String> ids = new ArrayList<>();
      while (!ends.entrySet().stream()
          .allMatch(e -> consumer.position(e.getKey()) >= e.getValue())) {
        consumer.poll(Duration.ofMillis(100)).forEach(found -> ids.add(found.key()));
      }
      return ids;
    }
  }
}
