package io.millrace.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.stream.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TopicCatalogTest {
  private static final Topics TOPICS = new Topics("p.");

  private final Map<String, TopicSpec> catalog =
      TopicCatalog.of(TOPICS, TopicSettings.defaults()).stream()
          .collect(Collectors.toMap(TopicSpec::name, Function.identity()));

  @Test
  void hasEveryTopicOnce() {
    assertThat(catalog)
        .containsOnlyKeys(
            "p.images.raw",
            "p.images.accepted",
            "p.images.rejected",
            "p.stream.stats",
            "p.publisher.positions",
            "p.learner.lease",
            "p.learner.members",
            "p.model.releases",
            "p.embeddings",
            "p.embedding.refresh",
            "p.targets");
  }

  @Test
  void keepsTheLastStateWhereRestartsNeedIt() {
    assertThat(
            List.of(
                TOPICS.publisherPositions(),
                TOPICS.learnerLease(),
                TOPICS.modelReleases(),
                TOPICS.embeddings(),
                TOPICS.targets(),
                TOPICS.embeddingRefresh()))
        .allSatisfy(name -> assertThat(config(name)).containsEntry("cleanup.policy", "compact"));
    assertThat(config(TOPICS.imagesAccepted())).containsEntry("cleanup.policy", "compact,delete");
  }

  @Test
  void letsEveryRawRecordBeRejected() {
    assertThat(limit(TOPICS.imagesRejected()))
        .isGreaterThanOrEqualTo(limit(TOPICS.imagesRaw()) + TopicCatalog.HEADER_ROOM);
  }

  @Test
  void keepsAcceptedImagesForEverWhenAsked() {
    TopicSettings d = TopicSettings.defaults();
    TopicSettings forEver =
        new TopicSettings(
            d.imagePartitions(),
            d.replicationFactor(),
            d.maxMessageBytes(),
            d.rawRetention(),
            Duration.ZERO,
            d.rejectedRetention(),
            d.statsRetention());
    assertThat(TopicCatalog.of(TOPICS, forEver))
        .filteredOn(spec -> spec.name().equals(TOPICS.imagesAccepted()))
        .allSatisfy(spec -> assertThat(spec.configs()).containsEntry("retention.ms", "-1"));
  }

  @Test
  void isDocumentedAsItIs() throws IOException {
    String page = Files.readString(root().resolve("docs/topics.md"));
    catalog.forEach(
        (name, spec) ->
            assertThat(page)
                .contains(
                    "| `" + name.substring("p.".length()) + "` | " + spec.partitions() + " |"));
    assertThat(page).contains("| `images.raw` | 4 | 1 day").contains("| 8 MiB + 64 KiB |");
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve(".ci"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  @Test
  void namesTheKeyTheValueAndTheRange() {
    assertThatThrownBy(() -> new Topics("bad prefix "))
        .hasMessageStartingWith("prefix is 'bad prefix ': expected");
    TopicSettings d = TopicSettings.defaults();
    assertThatThrownBy(
            () ->
                new TopicSettings(
                    0,
                    1,
                    d.maxMessageBytes(),
                    d.rawRetention(),
                    d.acceptedRetention(),
                    d.rejectedRetention(),
                    d.statsRetention()))
        .hasMessage("imagePartitions is 0: expected 1 to 1000");
  }

  @Test
  void refusesLimitsThatDoNotGoTogether() {
    assertThatThrownBy(() -> new MessageLimits(1_000_000, 1_000_000, 1_000_000))
        .hasMessageContaining("max.message.bytes of images.rejected is 1000000")
        .hasMessageContaining("1065536");
  }

  private Map<String, String> config(String topic) {
    return catalog.get(topic).configs();
  }

  private int limit(String topic) {
    return Integer.parseInt(config(topic).get("max.message.bytes"));
  }
}
