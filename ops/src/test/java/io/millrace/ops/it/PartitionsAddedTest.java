package io.millrace.ops.it;

import static io.millrace.serving.it.ServingCluster.MODEL;
import static io.millrace.serving.it.ServingCluster.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.it.ServingCluster;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.SearchService;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Serving and search follow partitions that are added while they run. */
class PartitionsAddedTest {
  private static final Duration SOON = Duration.ofSeconds(90);

  @TempDir Path dir;
  private EmbeddedBroker broker;
  private ServingCluster cluster;
  private SearchService search;
  private Thread searching;

  @BeforeEach
  void start() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
    cluster = new ServingCluster(broker);
    search =
        new SearchService(
            SearchSettings.defaults(),
            dir.resolve("search"),
            MODEL,
            cluster.topics,
            cluster.client,
            Clock.systemUTC());
    searching = new Thread(search::run, "search");
  }

  @AfterEach
  void stop() throws InterruptedException {
    search.close();
    searching.join();
    cluster.close();
    broker.close();
  }

  @Test
  void ofAcceptedImages() throws Exception {
    EmbeddingService service = servesForty();
    int now = grow(cluster.topics.imagesAccepted());
    try (var producer = // a new one: the cluster's knows the old number for minutes
        new KafkaProducer<>(cluster.client, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (String id : ids(40, 120)) {
        byte[] pixels = ("pixels of " + id).getBytes(StandardCharsets.UTF_8);
        byte[] key = id.getBytes(StandardCharsets.UTF_8);
        producer
            .send(
                new ProducerRecord<>(
                    cluster.topics.imagesAccepted(),
                    Math.floorMod(id.hashCode(), now),
                    key,
                    pixels))
            .get();
      }
    }
    assertThat(cluster.records(cluster.topics.imagesAccepted()))
        .as("the new partitions hold some")
        .anyMatch(r -> r.partition() == now - 1);
    await().atMost(SOON).until(() -> finds(120));
    await().atMost(SOON).until(() -> Long.valueOf(1).equals(service.status().liveVersion()));
    assertThat(cluster.run(0)).isNotDone();
    assertThat(cluster.vectorsByKey().keySet())
        .isEqualTo(new HashSet<>(ids(0, 120).stream().map(id -> id + "@1").toList()));
  }

  @Test
  void ofEmbeddings() throws Exception {
    EmbeddingService service = servesForty();
    int now = grow(cluster.topics.embeddings());
    cluster.accept(ids(40, 60)); // keys stay where they were while it runs
    await().atMost(SOON).until(() -> finds(60));
    cluster.stop(service);
    cluster.serve("one");
    cluster.accept(ids(60, 140));
    await().atMost(SOON).until(() -> finds(140));
    assertThat(cluster.records(cluster.topics.embeddings()))
        .as("the new partitions hold some")
        .anyMatch(r -> r.partition() == now - 1);
    assertThat(searching.isAlive()).isTrue();
  }

  /** With a release, forty images and a search that finds them. */
  private EmbeddingService servesForty() throws Exception {
    cluster.accept(ids(0, 40));
    cluster.release(1);
    EmbeddingService service = cluster.serve("one");
    searching.start();
    await().atMost(SOON).until(() -> finds(40));
    return service;
  }

  private boolean finds(int images) {
    return search.status().images() == images;
  }

  private int grow(String topic) throws Exception {
    int count =
        cluster
                .admin
                .describeTopics(List.of(topic))
                .allTopicNames()
                .get()
                .get(topic)
                .partitions()
                .size()
            + 2;
    cluster.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(count))).all().get();
    return count;
  }
}
