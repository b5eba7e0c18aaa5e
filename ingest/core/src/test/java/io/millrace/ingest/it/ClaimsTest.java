package io.millrace.ingest.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.claim.ClaimSettings;
import io.millrace.ingest.decode.AcceptedImage;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.image.ContentHash;
import io.millrace.ingest.topology.IngestMetrics;
import io.millrace.ingest.topology.IngestSettings;
import io.millrace.ingest.topology.RunIngest;
import io.millrace.testing.TopicContent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Claims of files on a real broker. A file that is not there yet is an image that is slow to come.
 */
class ClaimsTest {
  private static final Duration SOON = Duration.ofMinutes(2);

  @TempDir static Path dir;
  private static EmbeddedBroker broker;

  private ImageTopics images;
  private KafkaProducer<byte[], byte[]> producer;
  private Path root;
  private final AtomicInteger claimsWaiting = new AtomicInteger();

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void open() throws Exception {
    images = new ImageTopics(broker);
    producer =
        new KafkaProducer<>(images.client, new ByteArraySerializer(), new ByteArraySerializer());
    root = Files.createDirectory(dir.resolve(images.topics.prefix() + "images"));
  }

  @AfterEach
  void close() {
    producer.close();
    images.close();
  }

  private RunIngest start(int waiting) throws InterruptedException {
    IngestSettings d = IngestSettings.defaults();
    ClaimSettings claims =
        new ClaimSettings(
            List.of(),
            root.toString(),
            false,
            1 << 20,
            64,
            waiting,
            1000,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofMinutes(10));
    RunIngest ingest =
        RunIngest.start(
            images.topics,
            QuickIngest.settings(
                Duration.ofSeconds(6), d.transactionTimeout(), d.newTopic(), claims),
            images.client,
            bytes ->
                AcceptedImage.asIs(
                    bytes, new DecodeOutcome.Decoded(new PixelImage(1, 1, new byte[3]))),
            new IngestMetrics() {
              @Override
              public void claimsWaiting(int change) {
                claimsWaiting.addAndGet(change);
              }
            });
    assertThat(ingest.awaitRunning(SOON)).isTrue();
    return ingest;
  }

  private static ConditionFactory soon() {
    return Awaitility.await().dontCatchUncaughtExceptions().atMost(SOON);
  }

  private void send(int partition, @Nullable String id, byte @Nullable [] value) {
    AcceptedTopic.get(producer.send(record(partition, id, value)));
  }

  private ProducerRecord<byte[], byte[]> record(
      int partition, @Nullable String id, byte @Nullable [] value) {
    return new ProducerRecord<>(
        images.topics.imagesRaw(), partition, id == null ? null : id.getBytes(UTF_8), value);
  }

  private void claim(int partition, @Nullable String id, String file) {
    var record = record(partition, id, new byte[0]);
    record.headers().add("ce_dataref", root.resolve(file).toUri().toString().getBytes(UTF_8));
    record.headers().add("ce_source", "/camera".getBytes(UTF_8));
    AcceptedTopic.get(producer.send(record));
  }

  /** Whole at once, as whoever writes images for claims should. */
  private void write(String file, String content) throws Exception {
    Path part = Files.writeString(root.resolve(file + ".part"), content);
    Files.move(part, root.resolve(file), StandardCopyOption.ATOMIC_MOVE);
  }

  private List<ConsumerRecord<byte[], byte[]>> accepted() {
    return images.records(images.topics.imagesAccepted());
  }

  private List<String> acceptedIds() {
    return accepted().stream().map(TopicContent::key).toList();
  }

  private Map<String, String> rejections() {
    return images.records(images.topics.imagesRejected()).stream()
        .collect(Collectors.toMap(TopicContent::key, r -> header(r, "reason")));
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }

  @Test
  void acceptsWhatAClaimNamesAsIfItHadComeInline() throws Exception {
    write("a.png", "pixels of a");
    write("b.png", "pixels of b");
    try (RunIngest ingest = start(100)) {
      claim(0, "id-a", "a.png");
      claim(1, null, "b.png");
      claim(1, "id-out", "../elsewhere.png");
      soon().until(() -> accepted().size() == 2 && rejections().size() == 1);
      assertThat(ingest.isAlive()).isTrue();
    }
    Map<String, ConsumerRecord<byte[], byte[]>> byId =
        accepted().stream().collect(Collectors.toMap(TopicContent::key, r -> r));
    ConsumerRecord<byte[], byte[]> a = byId.get("id-a");
    assertThat(a.value()).asString().isEqualTo("pixels of a");
    assertThat(header(a, "sha256")).isEqualTo(ContentHash.sha256("pixels of a".getBytes(UTF_8)));
    assertThat(header(a, "ce_source")).isEqualTo("/camera");
    assertThat(header(a, "origin.partition")).isEqualTo("0");
    assertThat(header(a, "origin.offset")).isEqualTo("0");
    assertThat(byId)
        .as("without a key the id is the image's hash")
        .containsKey(ContentHash.sha256("pixels of b".getBytes(UTF_8)));
    assertThat(rejections()).containsEntry("id-out", "CLAIM_REFUSED");
  }

  @Test
  void fetchesOnceThoughTheIngestEndsMeanwhile() throws Exception {
    try (RunIngest first = start(100)) {
      claim(0, "slow", "slow.png");
      send(0, "inline", "pixels".getBytes(UTF_8));
      soon().until(() -> acceptedIds().contains("inline"));
      assertThat(acceptedIds()).as("what comes later does not wait").containsExactly("inline");
    }
    write("slow.png", "pixels at last");
    try (RunIngest second = start(100)) {
      soon().until(() -> acceptedIds().contains("slow"));
    }
    try (RunIngest third = start(100)) {
      send(0, "last", "pixels".getBytes(UTF_8));
      soon().until(() -> acceptedIds().contains("last"));
    }
    assertThat(acceptedIds()).containsExactlyInAnyOrder("inline", "slow", "last");
    assertThat(rejections()).isEmpty();
  }

  @Test
  void aTombstoneEndsAClaimThatWaits() throws Exception {
    try (RunIngest ingest = start(100)) {
      claim(0, "gone", "late.png");
      claim(1, "other", "late.png");
      send(0, "gone", null);
      soon().until(() -> rejections().containsKey("gone"));
      write("late.png", "pixels");
      soon().until(() -> acceptedIds().contains("other"));
    }
    assertThat(rejections()).containsExactlyEntriesOf(Map.of("gone", "CLAIM_SUPERSEDED"));
    assertThat(accepted().stream().filter(r -> TopicContent.key(r).equals("gone")))
        .as("the tombstone alone")
        .singleElement()
        .satisfies(r -> assertThat(r.value()).isNull());
  }

  @Test
  void aPartitionFullOfClaimsIsNotReadOnAndHoldsUpNoOther() throws Exception {
    try (RunIngest ingest = start(2)) {
      claim(0, "slow-0", "slow.png");
      claim(0, "slow-1", "slow.png");
      soon()
          .until(() -> claimsWaiting.get() == 2); // from the next poll on the partition is left out
      send(0, "behind", "pixels".getBytes(UTF_8));
      List<String> free = ImageTopics.ids(0, 10);
      free.forEach(id -> send(1, id, "pixels".getBytes(UTF_8)));
      soon().until(() -> acceptedIds().containsAll(free));
      assertThat(acceptedIds()).hasSameElementsAs(free);
      write("slow.png", "pixels at last");
      soon().until(() -> acceptedIds().containsAll(List.of("behind", "slow-0", "slow-1")));
      assertThat(acceptedIds()).hasSize(13);
      assertThat(ingest.isAlive()).isTrue();
    }
    assertThat(rejections()).isEmpty();
  }
}
