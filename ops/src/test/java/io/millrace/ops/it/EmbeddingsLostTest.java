package io.millrace.ops.it;

import static io.millrace.serving.it.ServingCluster.MODEL;
import static io.millrace.serving.it.ServingCluster.ids;
import static io.millrace.serving.it.ServingCluster.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.stream.Propagation;
import io.millrace.learner.release.ModelClaim;
import io.millrace.serving.client.EmbeddingReader;
import io.millrace.serving.client.StoredEmbedding;
import io.millrace.serving.embed.Embedder;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.index.SearchFilter;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import io.millrace.serving.it.ServingCluster;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.KafkaReleaseCatalog;
import io.millrace.serving.kafka.SearchService;
import io.millrace.serving.kafka.ServingMetrics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Embeddings and indexes that are lost come back, and a second model does not take them. */
class EmbeddingsLostTest {
  private static final Duration SOON = Duration.ofSeconds(90);

  @TempDir Path dir;
  private EmbeddedBroker broker;
  private ServingCluster cluster;

  @BeforeEach
  void start() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
    cluster = new ServingCluster(broker);
  }

  @AfterEach
  void stop() {
    cluster.close();
    broker.close();
  }

  @Test
  void aTopicThatIsMadeAgainIsFilledAndSearchedAnew() throws Exception {
    cluster.accept(ids(0, 40));
    cluster.release(1);
    EmbeddingService service = cluster.serve("one");
    try (Searching search = new Searching()) {
      await().atMost(SOON).until(() -> search.finds(1, 40));
      cluster.remake(cluster.topics.embeddings());
      await().atMost(SOON).until(() -> cluster.vectorsByKey().size() == 40);
      cluster.accept(ids(40, 50));
      await().atMost(SOON).until(() -> search.finds(1, 50));
      assertThat(search.thread.isAlive()).isTrue();
      VectorIndex index = search.service.index();
      assertThat(index).isNotNull();
      float[] own = index.vector("image@7");
      assertThat(index.search(own, index.version(), 1, SearchFilter.ALL)).hasSize(1);
    }
    assertThat(cluster.run(0)).isNotDone();
    assertThat(service.status().liveVersion()).isEqualTo(1);
    assertThat(cluster.vectorsByKey().keySet())
        .isEqualTo(new HashSet<>(ids(0, 50).stream().map(id -> id + "@1").toList()));
  }

  @Test
  void anIndexWhoseFilesVanishIsBuiltAnewWhileTheProcessGoesOn() throws Exception {
    cluster.accept(ids(0, 30));
    cluster.release(1);
    cluster.serve("one");
    try (Searching search = new Searching()) {
      await().atMost(SOON).until(() -> search.finds(1, 30));
      VectorIndex before = search.service.index();
      VectorIndex.delete(dir.resolve("search").resolve("1"));
      cluster.accept(ids(30, 40));
      await().atMost(SOON).until(() -> search.finds(1, 40) && search.service.index() != before);
      assertThat(search.thread.isAlive()).isTrue();
    }
  }

  @Test
  void anIndexThatIsDamagedOnDiskIsBuiltAnewAtTheStart() throws Exception {
    cluster.accept(ids(0, 30));
    cluster.release(1);
    cluster.serve("one");
    try (Searching search = new Searching()) {
      await().atMost(SOON).until(() -> search.finds(1, 30));
    }
    try (var files = Files.list(dir.resolve("search").resolve("1"))) {
      for (Path file : files.toList()) {
        Files.write(file, new byte[] {1, 2, 3});
      }
    }
    try (Searching search = new Searching()) {
      await().atMost(SOON).until(() -> search.finds(1, 30));
    }
  }

  @Test
  void aSecondModelOnAPrefixIsRefusedAndEachHasItsOwnOnAPrefixOfItsOwn() throws Exception {
    cluster.accept(ids(0, 20));
    cluster.release(1);
    EmbeddingService alpha = cluster.serve("one");
    await().atMost(SOON).until(() -> Long.valueOf(1).equals(alpha.status().liveVersion()));
    Map<String, StoredEmbedding> before = vectors(cluster);

    EmbeddingService beta = threeDimensional("beta", cluster);
    assertThatThrownBy(beta::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("[" + MODEL + "]")
        .hasMessageContaining("'beta'")
        .hasMessageContaining("kafka.topicPrefix");
    assertThat(vectors(cluster)).isEqualTo(before);

    try (var other = new ServingCluster(broker)) {
      other.accept(ids(0, 20));
      other.release(1);
      EmbeddingService second = threeDimensional(MODEL, other);
      var run = CompletableFuture.runAsync(second::run);
      await().atMost(SOON).until(() -> Long.valueOf(1).equals(second.status().liveVersion()));
      assertThat(vectors(other)).hasSize(20).allSatisfy(EmbeddingsLostTest::hasThree);
      assertThat(vectors(cluster)).isEqualTo(before);
      second.close();
      run.join();
    }
  }

  private static void hasThree(String id, StoredEmbedding stored) {
    assertThat(stored.vector()).as(id).hasSize(3);
  }

  private static Map<String, StoredEmbedding> vectors(ServingCluster of) {
    try (var reader = new EmbeddingReader(of.client, of.topics, MODEL)) {
      return reader.readAll(1);
    }
  }

  private static EmbeddingService threeDimensional(String model, ServingCluster of) {
    return new EmbeddingService(
        settings("three", 1),
        model,
        of.topics,
        of.client,
        (version, manifest) -> new Three(version),
        ServingCluster::decode,
        Propagation.defaults(),
        ServingMetrics.NONE,
        Clock.systemUTC());
  }

  private record Three(ModelVersion version) implements Embedder {
    @Override
    public int dim() {
      return 3;
    }

    @Override
    public String preprocessingHash() {
      return "three";
    }

    @Override
    public float[] input(PixelImage image) {
      return new float[] {1 + (image.rgb()[0] & 0xFF), 2, 3};
    }

    @Override
    public List<@Nullable Embedding> embedInputs(List<float[]> inputs) {
      var out = new ArrayList<@Nullable Embedding>();
      inputs.forEach(features -> out.add(Embedding.of(features)));
      return out;
    }

    @Override
    public void close() {}
  }

  @Test
  void ofManyModelsThatStartAtOnceOneHasThePrefixForGood() throws Exception {
    String topic = cluster.topics.learnerLease();
    var go = new CountDownLatch(1);
    var claims = new ArrayList<CompletableFuture<@Nullable String>>();
    for (String model : List.of("alpha", "beta", "gamma", "delta")) {
      claims.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  go.await();
                  ModelClaim.claim(cluster.client, topic, model);
                  return model;
                } catch (IllegalStateException e) {
                  return null;
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              }));
    }
    go.countDown();
    Set<String> winners = new HashSet<>();
    for (CompletableFuture<@Nullable String> claim : claims) {
      String model = claim.get();
      if (model != null) {
        winners.add(model);
      }
    }
    assertThat(winners).hasSize(1);
    String winner = winners.iterator().next();
    ModelClaim.claim(cluster.client, topic, winner);
    assertThatThrownBy(() -> ModelClaim.claim(cluster.client, topic, "late"))
        .hasMessageContaining("'" + winner + "'")
        .hasMessageContaining("'late'")
        .hasMessageContaining("one prefix has one model");
    ModelClaim.claim(cluster.client, topic, winner);
  }

  @Test
  void aTopicOfReleasesThatIsMadeAgainIsFollowedOn() throws Exception {
    cluster.release(1);
    try (var book =
        new KafkaReleaseCatalog(cluster.client, cluster.topics, MODEL, OptionalLong::empty)) {
      assertThat(book.notFollowed()).isNull();
      assertThat(book.serving()).hasValue(1);
      cluster.remake(cluster.topics.modelReleases());
      cluster.release(2);
      await().atMost(SOON).until(() -> book.serving().equals(OptionalLong.of(2)));
      await().atMost(SOON).until(() -> book.notFollowed() == null);
    }
  }

  private final class Searching implements AutoCloseable {
    private final SearchService service;
    private final Thread thread;

    Searching() {
      SearchSettings d = SearchSettings.defaults();
      service =
          new SearchService(
              new SearchSettings(
                  true,
                  d.maxConnections(),
                  d.beamWidth(),
                  d.candidates(),
                  d.maxNeighbors(),
                  Duration.ofMillis(100),
                  d.rebuildAfter()),
              dir.resolve("search"),
              MODEL,
              cluster.topics,
              cluster.client,
              Clock.systemUTC());
      thread = new Thread(service::run, "search");
      thread.start();
    }

    boolean finds(long version, int images) {
      var status = service.status();
      return Long.valueOf(version).equals(status.version()) && status.images() == images;
    }

    @Override
    public void close() throws InterruptedException {
      service.close();
      thread.join();
    }
  }
}
