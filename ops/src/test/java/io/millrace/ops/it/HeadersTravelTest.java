package io.millrace.ops.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.AcceptedImage;
import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.stream.ImageTracer;
import io.millrace.ingest.stream.PropagatedHeaders;
import io.millrace.ingest.stream.Propagation;
import io.millrace.ingest.topology.IngestMetrics;
import io.millrace.ingest.topology.IngestSettings;
import io.millrace.ingest.topology.RunIngest;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.serving.client.StoredEmbedding;
import io.millrace.serving.embed.ReleaseLoader;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.it.ServingCluster;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.SearchService;
import io.millrace.serving.kafka.ServingMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A producer's headers, from images.raw to embeddings, targets and searches, on a broker. */
class HeadersTravelTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int IMAGES = 8;
  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333%d-01";

  @TempDir Path dir;

  @Test
  void fromTheProducerToAFilteredSearchAndThroughAReembedding() throws Exception {
    try (var broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
        var cluster = new ServingCluster(broker);
        var decoder = new ImageDecoder(DecodeLimits.defaults());
        Engine engine = ServingHttp.engine();
        var releases = new KafkaReleaseLog(cluster.client, cluster.topics.modelReleases())) {
      ReleasedModels.release("byol", engine, releases, dir.resolve("releases"));
      publish(cluster);
      // As an ingest before the list let them through, and none at all.
      cluster.accept(Map.of("bare", image(IMAGES)));
      var service = serving(cluster, decoder);
      var search =
          new SearchService(
              SearchSettings.defaults(),
              dir.resolve("search"),
              ServingCluster.MODEL,
              cluster.topics,
              cluster.client,
              Clock.systemUTC());
      var serving = new Thread(service::run, "serving");
      var searching = new Thread(search::run, "search");
      serving.start();
      searching.start();
      try (RunIngest ingest =
              RunIngest.start(
                  cluster.topics,
                  IngestSettings.defaults(),
                  cluster.client,
                  bytes -> AcceptedImage.asIs(bytes, decoder.decode(bytes)),
                  IngestMetrics.NONE);
          var http = new ServingHttp(dir, ApiSettings.defaults(), search::index)) {
        assertThat(ingest.awaitRunning(SOON)).isTrue();
        await().atMost(SOON).until(() -> search.status().images() == IMAGES + 1);
        assertRecords(cluster, 1);
        assertSearches(http, 1);
        await()
            .atMost(SOON)
            .until(() -> cluster.compacted(cluster.topics.targets()).size() == IMAGES + 1);
        Map<String, ConsumerRecord<byte[], byte[]>> targets =
            cluster.compacted(cluster.topics.targets());
        for (int i = 0; i < IMAGES; i++) {
          assertCarries(Objects.requireNonNull(targets.get("i" + i)), i);
        }

        ReleasedModels.release("byol", engine, releases, dir.resolve("releases"));
        await().atMost(SOON).until(() -> Objects.equals(search.status().version(), 2L));
        assertRecords(cluster, 2);
        assertSearches(http, 2);
      } finally {
        service.close();
        search.close();
        serving.join();
        searching.join();
      }
    }
  }

  private EmbeddingService serving(ServingCluster cluster, ImageDecoder decoder) {
    return new EmbeddingService(
        TargetsTest.withTargets(),
        ServingCluster.MODEL,
        cluster.topics,
        cluster.client,
        ReleaseLoader.of(new ReleaseReader(dir.resolve("releases")), ServingHttp::engine, true),
        decoder::decode,
        new Propagation(PropagatedHeaders.defaults(), ImageTracer.OFF),
        ServingMetrics.NONE,
        Clock.systemUTC());
  }

  private static byte[] image(int i) throws IOException {
    return ServingApiTest.png(ReleasedModels.images(i + 1).get(i));
  }

  private static void publish(ServingCluster cluster) throws IOException {
    Map<String, Object> config = new HashMap<>(cluster.client);
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < IMAGES; i++) {
        var record =
            new ProducerRecord<>(cluster.topics.imagesRaw(), ("i" + i).getBytes(UTF_8), image(i));
        Map.of(
                "tenant",
                "t" + i % 2,
                "camera",
                "Tür " + i,
                "traceparent",
                TRACE.formatted(i),
                "ce_subject",
                i + ".png",
                "ce_source",
                "/door",
                "model.version",
                "77",
                "secret",
                "s")
            .forEach((name, value) -> record.headers().add(name, value.getBytes(UTF_8)));
        producer.send(record);
      }
    }
  }

  private static void assertRecords(ServingCluster cluster, int version) {
    Map<String, ConsumerRecord<byte[], byte[]>> accepted =
        cluster.compacted(cluster.topics.imagesAccepted());
    Map<String, ConsumerRecord<byte[], byte[]>> embeddings =
        cluster.compacted(cluster.topics.embeddings());
    for (int i = 0; i < IMAGES; i++) {
      assertCarries(Objects.requireNonNull(accepted.get("i" + i)), i);
      ConsumerRecord<byte[], byte[]> embedding =
          Objects.requireNonNull(embeddings.get("i" + i + "@" + version));
      assertCarries(embedding, i);
      StoredEmbedding stored = StoredEmbedding.of(embedding);
      assertThat(stored.subject()).isEqualTo(i + ".png");
      assertThat(stored.headers())
          .containsOnlyKeys("ce_subject", "tenant", "camera", "traceparent");
    }
    StoredEmbedding bare =
        StoredEmbedding.of(Objects.requireNonNull(embeddings.get("bare@" + version)));
    assertThat(bare.headers()).isEmpty();
    assertThat(bare.subject()).isNull();
  }

  private static void assertCarries(ConsumerRecord<byte[], byte[]> record, int i) {
    var headers = new TreeMap<String, String>();
    record.headers().forEach(h -> headers.put(h.key(), new String(h.value(), UTF_8)));
    assertThat(headers)
        .containsEntry("tenant", "t" + i % 2)
        .containsEntry("camera", "Tür " + i)
        .containsEntry("traceparent", TRACE.formatted(i))
        .containsEntry("ce_subject", i + ".png")
        .containsEntry("ce_source", "/door")
        .doesNotContainKey("secret")
        .doesNotContainEntry("model.version", "77");
  }

  private static void assertSearches(ServingHttp http, int version) throws IOException {
    JsonNode found = search(http, "{\"id\":\"i3\",\"filter\":{\"tenant\":\"t1\"}}");
    assertThat(found.path("version").asInt()).isEqualTo(version);
    assertThat(found.path("neighbours"))
        .extracting(n -> n.path("id").asText())
        .containsExactlyInAnyOrder("i1", "i3", "i5", "i7");
    JsonNode first = found.path("neighbours").get(0);
    assertThat(first.path("id").asText()).isEqualTo("i3");
    assertThat(first.path("headers").path("camera").asText()).isEqualTo("Tür 3");
    assertThat(first.path("headers").path("traceparent").asText()).isEqualTo(TRACE.formatted(3));
    JsonNode both =
        search(http, "{\"id\":\"i3\",\"filter\":{\"tenant\":\"t1\",\"camera\":\"Tür 5\"}}");
    assertThat(both.path("neighbours")).hasSize(1);
    assertThat(both.path("neighbours").get(0).path("id").asText()).isEqualTo("i5");
  }

  private static JsonNode search(ServingHttp http, String body) throws IOException {
    return ServingHttp.json(http.post("/search", body.getBytes(UTF_8)));
  }
}
