package io.millrace.ops.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.AcceptedImage;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.IngestMetrics;
import io.millrace.ingest.topology.IngestSettings;
import io.millrace.ingest.topology.RunIngest;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import io.millrace.serving.client.ConfirmForgotten;
import io.millrace.serving.client.EmbeddingRecords;
import io.millrace.serving.client.ForgetImages;
import io.millrace.testing.TopicContent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that lie in other partitions than Java's hash says, forgotten while ingest lags. */
class ForgetPartitionsTest {
  private static final int IMAGES = 40;
  private static final int PARTITIONS = 4;

  @TempDir Path dir;

  @Test
  void noTombstoneOvertakesItsImageWhateverThePartitioner() throws Exception {
    Topics topics = Topics.defaults();
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.defaults(dir))) {
      Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
      try (Admin admin = Admin.create(client)) {
        new TopicAdmin(admin, Duration.ofSeconds(30))
            .ensure(TopicCatalog.of(topics, TopicSettings.defaults()));
      }
      try (var producer =
          new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
        for (int i = 0; i < IMAGES; i++) {
          String id = "image" + i;
          int other = (EmbeddingRecords.partitionOf(id, PARTITIONS) + 1 + i % 3) % PARTITIONS;
          producer.send(
              new ProducerRecord<>(
                  topics.imagesRaw(), other, id.getBytes(UTF_8), "pixels".getBytes(UTF_8)));
        }
      }
      var asked = new HashMap<String, Map<Integer, Long>>();
      try (var forget = new ForgetImages(client, topics.imagesRaw())) {
        for (int i = 0; i < IMAGES; i += 2) {
          asked.put("image" + i, forget.forget("image" + i));
        }
        asked.put("nobody", forget.forget("nobody"));
      }
      assertThat(asked.get("nobody")).hasSize(PARTITIONS);
      var confirm = new ConfirmForgotten(client, topics.imagesAccepted());
      assertThatThrownBy(() -> confirm.await(asked, Duration.ofMillis(500)))
          .hasMessageContaining("does it run?");

      Map<String, ConfirmForgotten.Fate> fates;
      try (RunIngest ingest =
          RunIngest.start(
              topics,
              IngestSettings.defaults(),
              client,
              bytes ->
                  AcceptedImage.asIs(
                      bytes, new DecodeOutcome.Decoded(new PixelImage(1, 1, new byte[3]))),
              IngestMetrics.NONE)) {
        fates = confirm.await(asked, Duration.ofSeconds(90));
        assertThat(ingest.isAlive()).isTrue();
      }
      assertThat(fates).allSatisfy((id, fate) -> assertThat(fate.gone()).as(id).isTrue());
      assertThat(fates.get("nobody").seen()).isFalse();
      assertThat(fates.get("image0").seen()).isTrue();
      assertThat(TopicContent.compacted(client, topics.imagesAccepted())).hasSize(IMAGES / 2);
    }
  }
}
