package io.millrace.serving.it;

import static io.millrace.serving.it.ServingCluster.MODEL;
import static io.millrace.serving.it.ServingCluster.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.serving.client.EmbeddingReader;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A serving process is killed with SIGKILL again and again while it embeds and refreshes, and at
 * last another one takes over from it: the topic holds what an undisturbed one would have written.
 */
class ServingKilledTest {
  private static final int KILLS = 3;
  private static final int IMAGES = 600;

  @TempDir Path dir;

  @Test
  void everyImageHasOneEmbeddingOfEachVersionWheneverItIsKilled() throws Exception {
    File output = dir.resolve("output").toFile();
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
        ServingCluster cluster = new ServingCluster(broker)) {
      cluster.accept(ids(0, IMAGES));
      cluster.release(1);
      for (int kill = 0; kill < KILLS; kill++) {
        if (kill == 1) {
          cluster.release(2); // what is left of version 1 is superseded
        }
        int before = cluster.vectorsByKey().size();
        int more = 1 + new Random(kill).nextInt(100);
        killWhen(cluster, before + more, output);
      }
      cluster.forget("image@7");
      Process last = ServingProcess.start(cluster, "two", output);
      try (var reader = new EmbeddingReader(cluster.client, cluster.topics, MODEL)) {
        await()
            .alias("process output")
            .atMost(Duration.ofSeconds(90))
            .until(() -> reader.liveVersion().equals(OptionalLong.of(2)));
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> !reader.readAll(2).containsKey("image@7"));
        await().atMost(Duration.ofSeconds(60)).until(() -> reader.readAll(1).isEmpty());
        assertThat(reader.readAll(2)).hasSize(IMAGES - 1);
      } finally {
        last.destroyForcibly().waitFor();
      }
      Map<String, Long> expected = new HashMap<>();
      ids(0, IMAGES).forEach(id -> expected.put(id + "@2", 1L));
      Map<String, Long> vectors = cluster.vectorsByKey();
      vectors.keySet().removeIf(key -> key.endsWith("@1"));
      assertThat(vectors).as(Files.readString(output.toPath())).isEqualTo(expected);
      assertThat(cluster.vectorsByKey().values()).containsOnly(1L);
      assertThatContentIsRight(cluster);
    }
  }

  /** Every vector is that of its image and version, made from the record that the header names. */
  private static void assertThatContentIsRight(ServingCluster cluster) {
    Map<String, ConsumerRecord<byte[], byte[]>> images =
        cluster.compacted(cluster.topics.imagesAccepted());
    var version = new ModelVersion(MODEL, 2);
    assertThat(cluster.compacted(cluster.topics.embeddings()))
        .hasSize(IMAGES - 1)
        .allSatisfy(
            (key, record) -> {
              String id = key.substring(0, key.lastIndexOf('@'));
              ConsumerRecord<byte[], byte[]> image = Objects.requireNonNull(images.get(id));
              assertThat(header(record, "source.partition")).isEqualTo(image.partition() + "");
              assertThat(header(record, "source.offset")).isEqualTo(image.offset() + "");
              float[] features = ServingCluster.features("pixels of " + id, version);
              float[] vector = Embedding.fromLittleEndian(record.value());
              for (int i = 0; i < features.length; i++) {
                assertThat(vector[i]).isEqualTo(features[i] / 5, within(1e-6f));
              }
            });
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  private static void killWhen(ServingCluster cluster, int vectors, File output)
      throws IOException, InterruptedException {
    Process process = ServingProcess.start(cluster, "one", output);
    try {
      await()
          .pollInterval(Duration.ofMillis(50))
          .atMost(Duration.ofSeconds(90))
          .until(() -> cluster.vectorsByKey().size() >= vectors || !process.isAlive());
      assertThat(process.isAlive()).as(List.of(Files.readAllLines(output.toPath())) + "").isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
