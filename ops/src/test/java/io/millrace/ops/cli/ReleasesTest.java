package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.stream.Topics;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.serving.client.EmbeddingReader;
import io.millrace.serving.it.ServingCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code millrace releases} says of a version that is promoted and not complete yet. */
class ReleasesTest {
  private static final String MODEL = ServingCluster.MODEL;

  @TempDir Path folder;

  @Test
  void theOneThatAnswersServesWhileTheNextIsEmbedded() throws Exception {
    try (var broker = EmbeddedBroker.start(BrokerSettings.defaults(folder.resolve("kafka")));
        var cluster = new ServingCluster(broker, Topics.defaults());
        var log = new KafkaReleaseLog(cluster.client, cluster.topics.modelReleases())) {
      String[] json = command(broker, "--json");
      JsonNode none = new ObjectMapper().readTree(Printed.by(json));
      assertThat(none.path("serving").isNull()).isTrue();
      assertThat(none.path("promoted").isNull()).isTrue();

      TinyRelease.publish(log, MODEL, folder.resolve("releases"), 10);
      cluster.promote(1);
      var service = cluster.serve("one");
      try (var reader = new EmbeddingReader(cluster.client, cluster.topics, MODEL)) {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> reader.liveVersion().equals(OptionalLong.of(1)));
      }
      cluster.stop(service);
      TinyRelease.publish(log, MODEL, folder.resolve("releases"), 20);
      cluster.promote(2);

      JsonNode now = new ObjectMapper().readTree(Printed.by(json));
      assertThat(now.path("serving").asLong()).isEqualTo(1);
      assertThat(now.path("promoted").asLong()).isEqualTo(2);
      assertThat(now.path("releases")).hasSize(2);
      List<String> text = Printed.by(command(broker)).lines().toList();
      assertThat(text.get(0)).startsWith("▶").contains(" 1 ");
      assertThat(text.get(1)).startsWith("…").contains(" 2 ");
    }
  }

  private static String[] command(EmbeddedBroker broker, String... more) {
    var words =
        new ArrayList<>(
            List.of(
                "releases",
                "--set=kafka.bootstrapServers=" + broker.bootstrapServers(),
                "--set=learner.model=" + MODEL));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }
}
