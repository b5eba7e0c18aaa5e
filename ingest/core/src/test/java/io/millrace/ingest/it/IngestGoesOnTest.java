package io.millrace.ingest.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.claim.ClaimSettings;
import io.millrace.ingest.decode.AcceptedImage;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.IngestMetrics;
import io.millrace.ingest.topology.NewTopic;
import io.millrace.ingest.topology.OtherTopicException;
import io.millrace.ingest.topology.RunIngest;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import io.millrace.testing.TopicContent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others do to the topics while ingest runs: it goes on, or ends with the reason. */
class IngestGoesOnTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final AtomicInteger prefixes = new AtomicInteger();

  @TempDir static Path dir;
  private static EmbeddedBroker broker;
  private static Map<String, Object> client;

  private final Topics topics = new Topics("g" + prefixes.incrementAndGet() + ".");
  private Admin admin;
  private KafkaProducer<byte[], byte[]> producer;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir));
    client = Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void open() {
    admin = Admin.create(client);
    createTopics();
    Map<String, Object> settings = new HashMap<>(client);
    settings.put("metadata.max.age.ms", 200);
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @AfterEach
  void close() {
    producer.close();
    admin.close();
  }

  private void createTopics() {
    TopicSettings d = TopicSettings.defaults();
    new TopicAdmin(admin, SOON)
        .ensure(
            TopicCatalog.of(
                topics,
                new TopicSettings(
                    2,
                    1,
                    d.maxMessageBytes(),
                    d.rawRetention(),
                    d.acceptedRetention(),
                    d.rejectedRetention(),
                    d.statsRetention())));
  }

  private RunIngest start(NewTopic newTopic) throws InterruptedException {
    RunIngest ingest =
        RunIngest.start(
            topics,
            QuickIngest.settings(
                Duration.ofSeconds(6), Duration.ofMinutes(10), newTopic, ClaimSettings.defaults()),
            client,
            bytes ->
                AcceptedImage.asIs(
                    bytes, new DecodeOutcome.Decoded(new PixelImage(1, 1, new byte[3]))),
            IngestMetrics.NONE);
    assertThat(ingest.awaitRunning(SOON)).isTrue();
    return ingest;
  }

  @Test
  void checksARecordWithoutATimeAndOneOfTheFuture() throws Exception {
    set(topics.imagesRaw(), "message.timestamp.type", "CreateTime");
    set(topics.imagesRaw(), "message.timestamp.after.max.ms", String.valueOf(Long.MAX_VALUE));
    long before = System.currentTimeMillis();
    try (RunIngest ingest = start(NewTopic.STOP)) {
      send("no-time", 0, -1);
      send("future", 0, before + Duration.ofDays(400).toMillis());
      send("past", 0, before - 5_000);
      soon().until(() -> accepted().size() == 3);
      assertThat(ingest.trouble()).isEmpty();
    }
    assertThat(accepted()).containsOnlyKeys("no-time", "future", "past");
    assertThat(accepted().get("past")).isEqualTo(before - 5_000);
    assertThat(accepted().get("no-time")).isBetween(before, System.currentTimeMillis());
    assertThat(accepted().get("future")).isBetween(before, System.currentTimeMillis());
  }

  @Test
  void readsPartitionsThatAreAddedWhileItRuns() throws Exception {
    try (RunIngest ingest = start(NewTopic.STOP)) {
      send("a", 0, null);
      soon().until(() -> accepted().size() == 1);
      admin.createPartitions(Map.of(topics.imagesRaw(), NewPartitions.increaseTo(5))).all().get();
      soon().until(() -> producer.partitionsFor(topics.imagesRaw()).size() == 5);
      IntStream.range(0, 5).forEach(p -> send("p" + p, p, null));
      soon().until(() -> accepted().size() == 6);
      assertThat(ingest.isAlive()).isTrue();
      assertThat(ingest.trouble()).isEmpty();
    }
    admin.createPartitions(Map.of(topics.imagesRaw(), NewPartitions.increaseTo(6))).all().get();
    try (RunIngest again = start(NewTopic.STOP)) {
      soon().until(() -> producer.partitionsFor(topics.imagesRaw()).size() == 6);
      send("later", 5, null);
      soon().until(() -> accepted().size() == 7);
      assertThat(again.isAlive()).isTrue();
    }
  }

  @Test
  void endsWhereTheTopicIsMadeAgainAndRefusesToGoOnAtItsOldOffsets() throws Exception {
    try (RunIngest ingest = start(NewTopic.STOP)) {
      fill("old", 10);
      soon().until(() -> accepted().size() == 10);
      makeAgain();
      fill("new", 20);
      soon().until(() -> !ingest.isAlive() && ingest.state().hasCompletedShutdown());
      assertThatThrownBy(ingest::requireAlive)
          .isInstanceOf(OtherTopicException.class)
          .hasMessageContaining(topics.imagesRaw())
          .hasMessageContaining("ingest.newTopic=beginning");
    }
    assertThatThrownBy(() -> start(NewTopic.STOP)).isInstanceOf(OtherTopicException.class);
  }

  @Test
  void checksATopicThatWasMadeAgainFromItsStartWhereConfigured() throws Exception {
    try (RunIngest ingest = start(NewTopic.BEGINNING)) {
      fill("old", 10);
      soon().until(() -> accepted().size() == 10);
    }
    makeAgain();
    fill("new", 20);
    try (RunIngest ingest = start(NewTopic.BEGINNING)) {
      soon().until(() -> accepted().size() == 30);
    }
    try (RunIngest again = start(NewTopic.STOP)) {
      send("last", 0, null);
      soon().until(() -> accepted().size() == 31);
    }
  }

  @Test
  void abortsWhatAProcessThatIsGoneLeftOpen() throws Exception {
    Map<String, Object> orphan = new HashMap<>(client);
    orphan.put("transactional.id", topics.ingestApplicationId() + "-" + UUID.randomUUID() + "-1");
    orphan.put("transaction.timeout.ms", 600_000);
    try (var gone =
        new KafkaProducer<>(orphan, new ByteArraySerializer(), new ByteArraySerializer())) {
      gone.initTransactions();
      gone.beginTransaction();
      for (int p = 0; p < 2; p++) {
        gone.send(record(topics.imagesAccepted(), "half-done", p, null)).get();
      }
      try (RunIngest ingest = start(NewTopic.STOP)) {
        fill("image", 4);
        soon().until(() -> accepted().size() == 4);
        assertThat(ingest.trouble()).isEmpty();
      }
    }
    assertThat(accepted()).doesNotContainKey("half-done");
  }

  private void makeAgain() throws Exception {
    String before = topicId();
    admin.deleteTopics(List.of(topics.imagesRaw())).all().get();
    soon()
        .ignoreExceptions()
        .until(() -> !admin.listTopics().names().get().contains(topics.imagesRaw()));
    soon().ignoreExceptions().untilAsserted(this::createTopics);
    assertThat(topicId()).isNotEqualTo(before);
  }

  private String topicId() throws Exception {
    return admin
        .describeTopics(List.of(topics.imagesRaw()))
        .allTopicNames()
        .get()
        .get(topics.imagesRaw())
        .topicId()
        .toString();
  }

  private void set(String topic, String key, String value) throws Exception {
    admin
        .incrementalAlterConfigs(
            Map.of(
                new ConfigResource(ConfigResource.Type.TOPIC, topic),
                List.of(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET))))
        .all()
        .get();
  }

  private void fill(String name, int images) {
    IntStream.range(0, images).forEach(i -> send(name + i, i % 2, null));
  }

  private void send(String id, int partition, long time) {
    send(id, partition, Long.valueOf(time));
  }

  private void send(String id, int partition, Long time) {
    AcceptedTopic.get(producer.send(record(topics.imagesRaw(), id, partition, time)));
  }

  /** With any time at all, as other clients can send it: Kafka's own refuses −1. */
  private static ProducerRecord<byte[], byte[]> record(
      String topic, String id, int partition, Long time) {
    return new ProducerRecord<>(topic, partition, id.getBytes(UTF_8), "an image".getBytes(UTF_8)) {
      @Override
      public Long timestamp() {
        return time;
      }
    };
  }

  /** Times by id. */
  private Map<String, Long> accepted() {
    Map<String, Long> out = new HashMap<>();
    TopicContent.records(client, topics.imagesAccepted())
        .forEach(r -> out.put(TopicContent.key(r), r.timestamp()));
    return out;
  }

  private static ConditionFactory soon() {
    return Awaitility.await().dontCatchUncaughtExceptions().atMost(SOON);
  }
}
