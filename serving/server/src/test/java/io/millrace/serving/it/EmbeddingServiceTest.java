package io.millrace.serving.it;

import static io.millrace.serving.it.ServingCluster.MODEL;
import static io.millrace.serving.it.ServingCluster.ids;
import static io.millrace.serving.it.ServingCluster.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.serving.client.EmbeddingReader;
import io.millrace.serving.client.StoredEmbedding;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.ServingMetrics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingServiceTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir static Path dir;
  private static EmbeddedBroker broker;
  private ServingCluster cluster;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void start() {
    cluster = new ServingCluster(broker);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void theFirstReleaseEmbedsEveryAcceptedImageOnceAndThenTheLiveOnes() {
    cluster.accept(ids(0, 100));
    cluster.acceptThenAbort(ids(1000, 1010));
    EmbeddingService service = cluster.serve("one");
    cluster.acceptBroken("broken");
    cluster.release(1);
    awaitLive(service, 1);
    cluster.accept(ids(100, 150));
    await().atMost(SOON).until(() -> cluster.vectorsByKey().size() == 150);

    assertThat(cluster.vectorsByKey()).isEqualTo(once(1, ids(0, 150)));
    await().atMost(SOON).until(() -> service.status().unembeddable() == 1);
    assertThat(service.status().embedded()).isEqualTo(150);
    assertThat(service.status().refresh()).isNull();

    assertThatHeadersFollowTheContract();
    Map<String, Integer> partition =
        cluster.records(cluster.topics.imagesAccepted()).stream()
            .collect(Collectors.toMap(ServingCluster::key, ConsumerRecord::partition, (a, b) -> a));
    for (var embedding : cluster.compacted(cluster.topics.embeddings()).entrySet()) {
      String id = embedding.getKey().substring(0, embedding.getKey().lastIndexOf('@'));
      assertThat(embedding.getValue().partition()).as(id).isEqualTo(partition.get(id));
    }
    try (var reader = new EmbeddingReader(cluster.client, cluster.topics, MODEL)) {
      assertThat(reader.liveVersion()).isEqualTo(OptionalLong.of(1));
      Map<String, StoredEmbedding> vectors = reader.readAll(1);
      assertThat(vectors.keySet()).isEqualTo(new HashSet<>(ids(0, 150)));
      float[] features = ServingCluster.features("pixels of image@7", new ModelVersion(MODEL, 1));
      StoredEmbedding seventh = vectors.get("image@7");
      assertThat(seventh.norm()).isEqualTo(5, within(1e-5));
      assertThat(seventh.vector()[0]).isEqualTo(features[0] / 5, within(1e-6f));
      assertThat(seventh.vector()[1]).isEqualTo(features[1] / 5, within(1e-6f));
    }
  }

  private void assertThatHeadersFollowTheContract() {
    ConsumerRecord<byte[], byte[]> record =
        cluster.compacted(cluster.topics.embeddings()).get("image@3@1");
    assertThat(record.value()).hasSize(8);
    Function<String, String> header =
        name -> new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    assertThat(header.apply("model.id")).isEqualTo(MODEL);
    assertThat(header.apply("model.version")).isEqualTo("1");
    assertThat(header.apply("dim")).isEqualTo("2");
    assertThat(header.apply("dtype")).isEqualTo("float32");
    assertThat(Double.parseDouble(header.apply("norm"))).isEqualTo(5, within(1e-5));
    assertThat(header.apply("preproc.hash")).isEqualTo("hash of model@1");
    assertThat(header.apply("source.topic")).isEqualTo(cluster.topics.imagesAccepted());
    ConsumerRecord<byte[], byte[]> source =
        cluster.compacted(cluster.topics.imagesAccepted()).get("image@3");
    assertThat(header.apply("source.partition")).isEqualTo(source.partition() + "");
    assertThat(header.apply("source.offset")).isEqualTo(source.offset() + "");
  }

  @Test
  void aNewReleaseFillsBesideTheLiveOneAndThenServesAndTheOldestRetires() throws Exception {
    cluster.accept(ids(0, 100));
    cluster.release(1);
    EmbeddingService service =
        cluster.serve(settings("one", 0.5), ServingMetrics.NONE, version -> {});
    awaitLive(service, 1);
    cluster.release(2);
    await().atMost(SOON).until(() -> service.status().refresh() != null);
    cluster.accept(ids(100, 110));
    awaitLive(service, 2);
    cluster.accept(ids(110, 120));
    await().atMost(SOON).until(() -> cluster.vectorsByKey().containsKey("image@119@2"));
    awaitAll(2, ids(0, 120));

    Map<String, Long> vectors = cluster.vectorsByKey();
    assertThat(vectors).containsAllEntriesOf(once(1, ids(0, 100)));
    assertThat(vectors).containsAllEntriesOf(once(2, ids(0, 120)));
    assertThat(vectors.values()).containsOnly(1L);
    // Both versions are kept: a rollback needs no re-embedding of what is there.
    assertThat(versions(cluster.compacted(cluster.topics.embeddings()).keySet()))
        .containsExactlyInAnyOrder("1", "2");

    cluster.release(3);
    awaitLive(service, 3);
    await()
        .atMost(SOON)
        .until(
            () ->
                versions(cluster.compacted(cluster.topics.embeddings()).keySet())
                    .equals(Set.of("2", "3")));
    await()
        .atMost(SOON)
        .until(
            () ->
                cluster.compacted(cluster.topics.embeddingRefresh()).keySet().stream()
                    .noneMatch(key -> key.startsWith("1/")));
    assertThat(cluster.admin.listGroups().all().get())
        .extracting(group -> group.groupId())
        .anyMatch(id -> id.startsWith(cluster.topics.prefix() + "embedder.model.v2."))
        .noneMatch(id -> id.startsWith(cluster.topics.prefix() + "embedder.model.v1."));
  }

  @Test
  void aRollbackCatchesUpFromWhereTheVersionStopped() {
    cluster.accept(ids(0, 40));
    cluster.release(1);
    EmbeddingService service = cluster.serve("one");
    awaitLive(service, 1);
    cluster.release(2);
    awaitLive(service, 2);
    cluster.accept(ids(40, 80));
    awaitAll(2, ids(0, 80));
    cluster.promote(1);
    awaitLive(service, 1);
    assertThat(cluster.vectorsByKey()).containsAllEntriesOf(once(1, ids(0, 80)));
    assertThat(cluster.vectorsByKey().values()).containsOnly(1L);
  }

  @Test
  void imagesOfATopicMadeAgainAreEmbeddedFromItsStart() throws Exception {
    cluster.accept(ids(0, 20));
    cluster.release(1);
    EmbeddingService service = cluster.serve("one");
    awaitLive(service, 1);
    cluster.stop(service);
    cluster.remake(cluster.topics.imagesAccepted());
    // More of them than before: the former positions lie within the new topic.
    try (var again = new ServingCluster(broker, cluster.topics)) {
      again.accept(ids(20, 100));
      again.serve("one");
      awaitAll(1, ids(20, 100));
    }
  }

  @Test
  void aReleaseOfATopicMadeAgainServes() throws Exception {
    String topic = cluster.topics.modelReleases();
    cluster.accept(ids(0, 20));
    EmbeddingService service = cluster.serve("one");
    try (var releases = new KafkaReleaseLog(cluster.client, topic)) {
      for (long version = 1; version <= 3; version++) {
        cluster.announce(version);
        releases.serve(MODEL, version);
        awaitLive(service, version);
      }
      cluster.remake(topic); // its offsets begin anew
      cluster.announce(4);
      releases.serve(MODEL, 4);
      awaitLive(service, 4);
      awaitAll(4, ids(0, 20));
    }
  }

  @Test
  void aNewerReleaseSupersedesARunningRefresh() {
    cluster.accept(ids(0, 200));
    cluster.release(1);
    EmbeddingService service =
        cluster.serve(
            settings("one", 1),
            ServingMetrics.NONE,
            version -> {
              if (version.version() == 2) {
                pause(50);
              }
            });
    awaitLive(service, 1);
    cluster.release(2);
    await().atMost(SOON).until(() -> cluster.vectorsByKey().size() > 200);
    cluster.release(3);
    awaitLive(service, 3);
    awaitAll(3, ids(0, 200));
    await()
        .atMost(SOON)
        .until(
            () ->
                versions(cluster.compacted(cluster.topics.embeddings()).keySet())
                    .equals(Set.of("1", "3")));
    assertThat(cluster.vectorsByKey().values()).containsOnly(1L);
  }

  @Test
  void aForgottenImageIsForgottenInEveryVersionAndNoRefreshBringsItBack() {
    cluster.accept(ids(0, 40));
    cluster.release(1);
    EmbeddingService service = cluster.serve("one");
    awaitLive(service, 1);
    cluster.release(2);
    awaitLive(service, 2);
    cluster.forget("image@5");
    await()
        .atMost(SOON)
        .until(
            () -> {
              Set<String> kept = cluster.compacted(cluster.topics.embeddings()).keySet();
              return !kept.contains("image@5@1") && !kept.contains("image@5@2");
            });
    assertThat(cluster.compacted(cluster.topics.embeddings())).hasSize(78);
    cluster.release(3);
    awaitLive(service, 3);
    assertThat(cluster.compacted(cluster.topics.embeddings()).keySet())
        .doesNotContain("image@5@1", "image@5@2", "image@5@3")
        .contains("image@4@3");
    assertThat(service.status().forgotten()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void anImageThatCameAgainAfterItWasForgottenOutlivesARefresh() {
    cluster.accept(ids(0, 40));
    cluster.release(1);
    EmbeddingService service = cluster.serve("one");
    awaitLive(service, 1);
    cluster.forget("image@5");
    await()
        .atMost(SOON)
        .until(() -> !cluster.compacted(cluster.topics.embeddings()).containsKey("image@5@1"));
    cluster.accept(ids(5, 6));
    await().atMost(SOON).until(() -> cluster.vectorsByKey().get("image@5@1") == 2);
    cluster.release(2);
    awaitLive(service, 2);
    // The re-embedding met the tombstone; version 1, whose image is the later one, is beyond it.
    assertThat(cluster.compacted(cluster.topics.embeddings()).keySet())
        .contains("image@5@1", "image@5@2");
    cluster.forget("image@5");
    await()
        .atMost(SOON)
        .until(
            () ->
                cluster.compacted(cluster.topics.embeddings()).keySet().stream()
                    .noneMatch(key -> key.startsWith("image@5@")));
  }

  @Test
  void aProcessThatDiesInTheMiddleLosesNothingAndDoublesNothing() {
    cluster.accept(ids(0, 300));
    cluster.release(1);
    var batches = new AtomicInteger();
    cluster.serve(
        settings("one", 1),
        ServingMetrics.NONE,
        version -> {
          if (batches.incrementAndGet() == 5) {
            throw new IllegalStateException("the network is gone");
          }
        });
    assertThatThrownBy(() -> cluster.run(0).join()).hasMessageContaining("the network is gone");
    int before = cluster.vectorsByKey().size();
    assertThat(before).isPositive().isLessThan(300);

    EmbeddingService second = cluster.serve("one");
    awaitLive(second, 1);
    assertThat(cluster.vectorsByKey()).isEqualTo(once(1, ids(0, 300)));
    cluster.stop(second);

    cluster.accept(ids(300, 320));
    EmbeddingService third = cluster.serve("one");
    awaitLive(third, 1);
    awaitAll(1, ids(0, 320));
    assertThat(cluster.vectorsByKey()).isEqualTo(once(1, ids(0, 320)));
  }

  @Test
  void processesShareTheWork() {
    cluster.accept(ids(0, 100));
    EmbeddingService one = cluster.serve("one");
    EmbeddingService two = cluster.serve("two");
    cluster.release(1);
    awaitLive(one, 1);
    awaitLive(two, 1);
    // Images go on coming until the partitions are shared out.
    var accepted = new AtomicInteger(100);
    await()
        .atMost(SOON)
        .until(
            () -> {
              int from = accepted.getAndAdd(20);
              cluster.accept(ids(from, from + 20));
              return one.status().embedded() > 0 && two.status().embedded() > 0;
            });
    List<String> all = ids(0, accepted.get());
    awaitAll(1, all);
    assertThat(cluster.vectorsByKey()).isEqualTo(once(1, all));
    await()
        .atMost(SOON)
        .until(() -> one.status().embedded() + two.status().embedded() == all.size());
  }

  @Test
  void aSecondProcessOfTheSameNameIsToldApart() {
    cluster.accept(ids(0, 20));
    cluster.release(1);
    EmbeddingService first = cluster.serve("one");
    awaitLive(first, 1);
    EmbeddingService second = cluster.serve("one");
    await().atMost(SOON).until(() -> second.status().liveVersion() != null);
    cluster.accept(ids(20, 60));
    awaitAll(1, ids(0, 60));
    cluster.accept(ids(60, 80));
    awaitAll(1, ids(0, 80));
    assertThat(cluster.vectorsByKey()).isEqualTo(once(1, ids(0, 80)));
    await().atMost(SOON).until(() -> cluster.run(0).isDone());
    assertThatThrownBy(() -> cluster.run(0).join()).hasMessageContaining("serving.instance");
  }

  private static void awaitLive(EmbeddingService service, long version) {
    await().atMost(SOON).until(() -> Long.valueOf(version).equals(service.status().liveVersion()));
  }

  private void awaitAll(long version, List<String> ids) {
    await().atMost(SOON).until(() -> allThere(version, ids));
  }

  private boolean allThere(long version, List<String> ids) {
    return cluster.vectorsByKey().keySet().containsAll(once(version, ids).keySet());
  }

  private static Map<String, Long> once(long version, List<String> ids) {
    return ids.stream().collect(Collectors.toMap(id -> id + "@" + version, id -> 1L));
  }

  private static Set<String> versions(Set<String> keys) {
    return keys.stream()
        .map(key -> key.substring(key.lastIndexOf('@') + 1))
        .collect(Collectors.toSet());
  }

  /** Makes a network as slow as a real one. */
  private static void pause(long millis) {
    LockSupport.parkNanos(millis * 1_000_000);
  }
}
