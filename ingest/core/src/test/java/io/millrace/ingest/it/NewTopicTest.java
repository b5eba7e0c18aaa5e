package io.millrace.ingest.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A topic that was just created takes many batches at once. */
class NewTopicTest {
  private static final int TOPICS = 12;
  private static final int PARTITIONS = 3;
  private static final int BATCHES = 4;

  @TempDir Path dir;

  @Test
  void losesNoneOfTheFirstBatches() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.defaults(dir));
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
        var producer =
            new KafkaProducer<>(
                Map.<String, Object>of(
                    ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                    broker.bootstrapServers(),
                    ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                    5_000,
                    ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                    10_000),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      var topics = new TopicAdmin(admin, Duration.ofSeconds(30));
      for (int i = 0; i < TOPICS; i++) {
        String topic = "new-" + i;
        topics.ensure(List.of(new TopicSpec(topic, PARTITIONS, 1, Map.of(), "a test")));

        List<Future<RecordMetadata>> sent = new ArrayList<>();
        byte[] nearlyABatch = new byte[15_000];
        for (int batch = 0; batch < BATCHES; batch++) {
          for (int partition = 0; partition < PARTITIONS; partition++) {
            sent.add(producer.send(new ProducerRecord<>(topic, partition, null, nearlyABatch)));
          }
        }
        for (Future<RecordMetadata> record : sent) {
          assertThat(record.get().hasOffset()).isTrue();
        }
      }
    }
  }
}
