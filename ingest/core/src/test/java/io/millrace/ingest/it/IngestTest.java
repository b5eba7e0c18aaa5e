package io.millrace.ingest.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.AcceptSettings;
import io.millrace.ingest.decode.AcceptedImage;
import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.DecodeFunction;
import io.millrace.ingest.topology.IngestMetrics;
import io.millrace.ingest.topology.RunIngest;
import io.millrace.ingest.topology.StreamStats;
import io.millrace.ingest.topology.StreamStatsJson;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ingest topology on a real broker. */
class IngestTest {
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final Duration SESSION = Duration.ofSeconds(3);
  private static final int LIMIT = 1_000_000;
  private static final AtomicInteger prefixes = new AtomicInteger();

  @TempDir static Path dir;
  private static EmbeddedBroker broker;
  private static Map<String, Object> client;

  private final Topics topics = new Topics("t" + prefixes.incrementAndGet() + ".");
  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
  private final AcceptImages images = new AcceptImages(decoder, AcceptSettings.defaults());
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
    producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "max.request.size",
                2 * LIMIT,
                "linger.ms",
                0),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  @AfterEach
  void close() {
    producer.close();
    admin.close();
    decoder.close();
  }

  private TopicAdmin.Report createTopics() {
    return new TopicAdmin(admin, SOON).ensure(TopicCatalog.of(topics, settings()));
  }

  private static TopicSettings settings() {
    TopicSettings d = TopicSettings.defaults();
    return new TopicSettings(
        2,
        1,
        LIMIT,
        d.rawRetention(),
        d.acceptedRetention(),
        d.rejectedRetention(),
        d.statsRetention());
  }

  private RunIngest start(DecodeFunction decode, IngestMetrics metrics)
      throws InterruptedException {
    RunIngest ingest =
        RunIngest.start(topics, QuickIngest.settings(SESSION), client, decode, metrics);
    assertThat(ingest.awaitRunning(SOON)).isTrue();
    return ingest;
  }

  @Test
  void neverStopsForABrokenImageAndLosesNone() throws Exception {
    createTopics();
    byte[] png = png();
    Map<String, byte[]> sent = new HashMap<>();
    for (int i = 0; i < 60; i++) {
      byte[] bytes =
          switch (i % 4) {
            case 1 -> "GIF89a and so on".getBytes(UTF_8);
            case 2 -> Arrays.copyOf(png, png.length / 2);
            case 3 -> i % 8 == 3 ? new byte[0] : new byte[LIMIT - TopicCatalog.HEADER_ROOM + 1];
            default -> png;
          };
      sent.put("i" + i, bytes);
      send("i" + i, bytes);
    }
    try (RunIngest ingest = start(images::accept, IngestMetrics.NONE)) {
      soon().until(() -> read(topics.imagesAccepted()).size() >= 15);
      soon().until(() -> read(topics.imagesRejected()).size() >= 45);
      soon().until(() -> validatedBySource() == 60);
      assertThat(ingest.isAlive()).isTrue();
    }
    Map<String, byte[]> found = new HashMap<>();
    Map<String, Integer> reasons = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> r : read(topics.imagesRejected())) {
      found.put(new String(r.key(), UTF_8), r.value());
      reasons.merge(header(r, "reason"), 1, Integer::sum);
    }
    read(topics.imagesAccepted()).forEach(r -> found.put(new String(r.key(), UTF_8), r.value()));
    assertThat(found.keySet()).isEqualTo(sent.keySet());
    assertThat(found).allSatisfy((id, bytes) -> assertThat(bytes).isEqualTo(sent.get(id)));
    assertThat(reasons)
        .containsEntry(RejectionReason.UNSUPPORTED_FORMAT.name(), 15)
        .containsEntry(RejectionReason.CORRUPT.name(), 15)
        .containsKeys(RejectionReason.EMPTY.name(), RejectionReason.TOO_LARGE.name());
  }

  @Test
  void validatesOnceThoughItsThreadDiesAndThoughItIsStartedAgain() throws Exception {
    createTopics();
    byte[] png = png();
    AtomicInteger calls = new AtomicInteger();
    AtomicInteger replaced = new AtomicInteger();
    IngestMetrics metrics =
        new IngestMetrics() {
          @Override
          public void threadReplaced() {
            replaced.incrementAndGet();
          }
        };
    DecodeFunction dying =
        bytes -> {
          if (calls.incrementAndGet() % 200 == 40) {
            throw new AssertionError("this thread dies, with a transaction open");
          }
          return images.accept(bytes);
        };
    Set<String> ids = new HashSet<>();
    for (int start = 0; start < 2; start++) {
      try (RunIngest ingest = start(dying, metrics)) {
        for (int i = 0; i < 150; i++) {
          String id = start + "-" + i;
          ids.add(id);
          send(id, i % 10 == 0 ? new byte[] {1} : png);
        }
        int expected = 150 * (start + 1);
        soon()
            .until(
                () ->
                    read(topics.imagesAccepted()).size() + read(topics.imagesRejected()).size()
                        >= expected);
        assertThat(ingest.isAlive()).isTrue();
      }
    }
    List<String> out = new ArrayList<>();
    read(topics.imagesAccepted()).forEach(r -> out.add(new String(r.key(), UTF_8)));
    read(topics.imagesRejected()).forEach(r -> out.add(new String(r.key(), UTF_8)));
    assertThat(out).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(replaced.get()).isPositive();
  }

  @Test
  void rejectsWhatNoLongerFitsWhenALimitIsLoweredWhileItRuns() throws Exception {
    createTopics();
    byte[] png = png();
    byte[] padded = Arrays.copyOf(png, 400_000);
    try (RunIngest ingest =
        start(
            bytes ->
                AcceptedImage.asIs(bytes, decoder.decode(bytes.length > 100_000 ? png : bytes)),
            IngestMetrics.NONE)) {
      send("before", padded);
      soon().until(() -> read(topics.imagesAccepted()).size() == 1);
      admin
          .incrementalAlterConfigs(
              Map.of(
                  new ConfigResource(ConfigResource.Type.TOPIC, topics.imagesAccepted()),
                  List.of(
                      new AlterConfigOp(
                          new ConfigEntry("max.message.bytes", "300000"),
                          AlterConfigOp.OpType.SET))))
          .all()
          .get();
      send("after", padded);
      send("small", png);
      soon().until(() -> read(topics.imagesRejected()).size() == 1);
      soon().until(() -> read(topics.imagesAccepted()).size() == 2);
      assertThat(ingest.isAlive()).isTrue();
    }
    ConsumerRecord<byte[], byte[]> rejected = read(topics.imagesRejected()).get(0);
    assertThat(header(rejected, "reason")).isEqualTo("TOO_LARGE");
    assertThat(rejected.value()).isEqualTo(padded);
  }

  @Test
  void saysWhichTopicsAreMissing() {
    assertThatThrownBy(() -> start(images::accept, IngestMetrics.NONE))
        .hasMessageContaining(topics.imagesRaw())
        .hasMessageContaining(topics.streamStats());
  }

  @Test
  void createsTopicsOnceAndTellsHowTheyDiffer() throws Exception {
    assertThat(createTopics().created()).hasSize(11);
    TopicAdmin.Report again = createTopics();
    assertThat(again.created()).isEmpty();
    assertThat(again.differences()).isEmpty();
    admin
        .incrementalAlterConfigs(
            Map.of(
                new ConfigResource(ConfigResource.Type.TOPIC, topics.imagesRaw()),
                List.of(
                    new AlterConfigOp(
                        new ConfigEntry("retention.ms", "60000"), AlterConfigOp.OpType.SET))))
        .all()
        .get();
    assertThat(createTopics().differences())
        .containsExactly(topics.imagesRaw() + " has retention.ms=60000, expected 86400000");
  }

  /** Patience, whatever happens on the stream threads meanwhile. */
  private static ConditionFactory soon() {
    return Awaitility.await().dontCatchUncaughtExceptions().atMost(SOON);
  }

  private void send(String id, byte[] bytes) {
    AcceptedTopic.get(
        producer.send(new ProducerRecord<>(topics.imagesRaw(), id.getBytes(UTF_8), bytes)));
  }

  private long validatedBySource() {
    Map<Long, StreamStats> byWindow = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> r : read(topics.streamStats())) {
      StreamStats stats = StreamStatsJson.read(r.value());
      byWindow.put(stats.windowStart(), stats);
    }
    return byWindow.values().stream()
        .mapToLong(
            s -> s.accepted() + s.rejected().values().stream().mapToLong(Long::longValue).sum())
        .sum();
  }

  /** All committed records of a topic. */
  private static List<ConsumerRecord<byte[], byte[]>> read(String topic) {
    Map<String, Object> properties = new HashMap<>(client);
    properties.put("isolation.level", "read_committed");
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < end.get(p))) {
        consumer.poll(Duration.ofMillis(50)).forEach(records::add);
      }
    }
    return records;
  }

  private static String header(ConsumerRecord<byte[], byte[]> r, String name) {
    return new String(r.headers().lastHeader(name).value(), UTF_8);
  }

  private static byte[] png() {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
      for (int i = 0; i < 32 * 32; i++) {
        image.setRGB(i % 32, i / 32, i * 0x3F1B);
      }
      ImageIO.write(image, "png", out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
