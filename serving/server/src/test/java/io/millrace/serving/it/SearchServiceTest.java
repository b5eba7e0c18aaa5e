package io.millrace.serving.it;

import static io.millrace.serving.it.ServingCluster.MODEL;
import static io.millrace.serving.it.ServingCluster.ids;
import static io.millrace.serving.it.ServingCluster.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.index.OtherVersionException;
import io.millrace.serving.index.SearchFilter;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.SearchService;
import io.millrace.serving.kafka.ServingMetrics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The search index follows the topics: fills, switches, forgets, retires, comes back from disk. */
class SearchServiceTest {
  private static final Duration SOON = Duration.ofSeconds(60);

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
  void aSearchRunsAgainstExactlyOneVersionAndSwitchesWhenTheNextIsComplete() throws Exception {
    var slow = new AtomicBoolean();
    cluster.accept(ids(0, 60));
    cluster.release(1);
    EmbeddingService service =
        cluster.serve(
            settings("one", 0.5),
            ServingMetrics.NONE,
            version -> {
              while (slow.get() && version.version() == 2) {
                LockSupport.parkNanos(1_000_000);
              }
            });
    try (Running search = search()) {
      await().atMost(SOON).until(() -> serves(search, 1, 60));
      assertNearestIsItself(search.index(), "image@7", 1);

      slow.set(true);
      cluster.release(2);
      await().atMost(SOON).until(() -> service.status().refresh() != null);
      assertNearestIsItself(search.index(), "image@8", 1);
      assertThatThrownBy(
              () -> search.index().search(query("image@8", 2), version(2), 1, SearchFilter.ALL))
          .isInstanceOf(OtherVersionException.class)
          .hasMessageContaining(MODEL + "@1")
          .hasMessageContaining(MODEL + "@2");
      slow.set(false);
      await().atMost(SOON).until(() -> serves(search, 2, 60));
      assertNearestIsItself(search.index(), "image@8", 2);
      assertThat(search.service.status().imagesByVersion()).containsOnlyKeys(1L, 2L);

      cluster.forget("image@8");
      cluster.accept(ids(60, 70));
      await().atMost(SOON).until(() -> serves(search, 2, 69));
      assertThat(search.index().vector("image@8")).isNull();

      cluster.promote(1);
      await().atMost(SOON).until(() -> serves(search, 1, 69));
      cluster.release(3);
      await().atMost(SOON).until(() -> serves(search, 3, 69));
      await()
          .atMost(SOON)
          .until(() -> search.service.status().imagesByVersion().keySet().size() == 2);
      assertThat(Files.list(dir.resolve("search"))).hasSize(2);
    }
  }

  @Test
  void anIndexComesBackFromDiskAndCatchesUp() throws Exception {
    cluster.accept(ids(0, 50));
    cluster.release(1);
    cluster.serve("one");
    try (Running search = search()) {
      await().atMost(SOON).until(() -> serves(search, 1, 50));
    }
    cluster.forget("image@3");
    cluster.accept(ids(50, 80));
    await().atMost(SOON).until(() -> cluster.vectorsByKey().size() == 80);
    try (Running search = search()) {
      await().atMost(SOON).until(() -> serves(search, 1, 79));
      assertThat(search.index().vector("image@3")).isNull();
      assertNearestIsItself(search.index(), "image@7", 1);
      assertNearestIsItself(search.index(), "image@77", 1);
    }
  }

  private static boolean serves(Running search, long version, int images) {
    var status = search.service.status();
    return Long.valueOf(version).equals(status.version()) && status.images() == images;
  }

  private static void assertNearestIsItself(VectorIndex index, String id, long version)
      throws Exception {
    assertThat(index.search(query(id, version), version(version), 1, SearchFilter.ALL))
        .singleElement()
        .satisfies(n -> assertThat(n.cosine()).isGreaterThan(0.99999));
  }

  private static float[] query(String id, long version) {
    float[] features = ServingCluster.features("pixels of " + id, version(version));
    return new float[] {features[0] / 5, features[1] / 5};
  }

  private static ModelVersion version(long version) {
    return new ModelVersion(MODEL, version);
  }

  private Running search() {
    return new Running(
        new SearchService(
            SearchSettings.defaults(),
            dir.resolve("search"),
            MODEL,
            cluster.topics,
            cluster.client,
            Clock.systemUTC()));
  }

  private static final class Running implements AutoCloseable {
    private final SearchService service;
    private final Thread thread;

    Running(SearchService service) {
      this.service = service;
      thread = new Thread(service::run, "search");
      thread.start();
    }

    VectorIndex index() {
      return Objects.requireNonNull(service.index());
    }

    @Override
    public void close() throws InterruptedException {
      service.close();
      thread.join();
    }
  }
}
