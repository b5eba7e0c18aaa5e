package io.millrace.ingest.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
  @TempDir Path dir;

  @Test
  void goesOnWhereItStopped() throws Exception {
    String clusterId;
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.defaults(dir))) {
      clusterId = broker.clusterId();
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
        assertThat(admin.describeCluster().clusterId().get()).isEqualTo(clusterId);
        admin.createTopics(List.of(new NewTopic("kept", 1, (short) 1))).all().get();
      }
      write(broker, "a".repeat(2_000_000));
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.defaults(dir))) {
      assertThat(broker.clusterId()).isEqualTo(clusterId);
      write(broker, "second");
      assertThat(read(broker, 2)).containsExactly("a".repeat(2_000_000), "second");
    }
  }

  @Test
  void createsNoTopicByItself() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.defaults(dir));
        KafkaProducer<String, String> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "max.block.ms", 500),
                new StringSerializer(),
                new StringSerializer());
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      assertThatThrownBy(() -> producer.send(new ProducerRecord<>("unknown", "x")).get())
          .hasMessageContaining("unknown");
      assertThat(admin.listTopics().names().get()).isEmpty();
    }
  }

  /** As the broker tells it: a starved machine runs none of its threads for seconds. */
  @Test
  void waitsSecondsForABrokerThatIsNotRun() throws Exception {
    var me = new ConfigResource(ConfigResource.Type.BROKER, "" + BrokerProperties.NODE_ID);
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.defaults(dir));
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      Config told = admin.describeConfigs(List.of(me)).all().get().get(me);
      int session = Integer.parseInt(told.get("broker.session.timeout.ms").value());
      int beat = Integer.parseInt(told.get("broker.heartbeat.interval.ms").value());
      assertThat(session).isEqualTo(6000).isGreaterThan(10 * beat);
    }
  }

  @Test
  void saysThatADirectoryIsInUseAndThatAPortIsTaken() {
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.defaults(dir))) {
      assertThatThrownBy(() -> EmbeddedBroker.start(BrokerSettings.defaults(dir)))
          .hasMessage("another broker runs on " + dir);
      int port = Integer.parseInt(broker.bootstrapServers().split(":")[1]);
      assertThatThrownBy(
              () ->
                  EmbeddedBroker.start(
                      BrokerSettings.defaults(dir.resolveSibling("other")).withPort(port)))
          .hasMessageContaining("127.0.0.1:" + port);
      var lost = new Ports(port, Ports.choose("127.0.0.1", 0).clients());
      BrokerSettings third = BrokerSettings.defaults(dir.resolveSibling("third"));
      assertThatThrownBy(() -> EmbeddedBroker.start(third, lost))
          .as("taken between the look and the start")
          .isInstanceOf(EmbeddedBroker.PortTakenException.class)
          .hasMessageEndingWith("127.0.0.1:" + port + " has been taken by another process");
      try (EmbeddedBroker elsewhere = EmbeddedBroker.startOn(port, third)) {
        assertThat(elsewhere.bootstrapServers()).doesNotEndWith(":" + port);
      }
      assertThat(BrokerSettings.defaults(dir).withPortIfFree(port).port()).isZero();
    }
  }

  private static void write(EmbeddedBroker broker, String value) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "max.request.size", 4_000_000),
            new StringSerializer(),
            new StringSerializer())) {
      producer.send(new ProducerRecord<>("kept", value)).get();
    }
  }

  private static List<String> read(EmbeddedBroker broker, int records) {
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new StringDeserializer(),
            new StringDeserializer())) {
      TopicPartition partition = new TopicPartition("kept", 0);
      consumer.assign(Set.of(partition));
      consumer.seekToBeginning(Set.of(partition));
      List<String> values = new ArrayList<>();
      for (int polls = 0; values.size() < records && polls < 50; polls++) {
        consumer.poll(Duration.ofMillis(200)).forEach(r -> values.add(r.value()));
      }
      return values;
    }
  }
}
