package io.millrace.ingest.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.AcceptedImage;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.Leniency;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.image.ContentHash;
import io.millrace.ingest.stream.ImageTracer;
import io.millrace.ingest.stream.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ImageTopologyTest {
  private static final Topics TOPICS = Topics.defaults();
  private static final int LIMIT = 200_000;
  private static final int CAP = LIMIT - TopicCatalog.HEADER_ROOM;

  /** A full hour of today: a time long ago would count as arriving now. */
  private static final Instant NOON =
      Instant.now().truncatedTo(ChronoUnit.HOURS).minus(1, ChronoUnit.HOURS);

  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> raw;
  private TestOutputTopic<byte[], byte[]> accepted;
  private TestOutputTopic<byte[], byte[]> rejected;
  private TestOutputTopic<String, byte[]> stats;

  /** What is handed on of a large image. */
  private static final byte[] SMALL = {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, 1};

  /** Text that begins with "ok" is an image of 4 × 3 pixels, shrunk to that after "ok large". */
  private static AcceptedImage decode(byte[] bytes) {
    DecodeOutcome outcome = outcome(bytes);
    return new String(bytes, UTF_8).startsWith("ok large")
        ? new AcceptedImage(outcome, SMALL, 40, 30)
        : AcceptedImage.asIs(bytes, outcome);
  }

  private static DecodeOutcome outcome(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    if (text.startsWith("throw")) {
      throw new IllegalArgumentException("a bug in the decoder");
    }
    if (text.equals("ok but")) {
      return new DecodeOutcome.Decoded(
          new PixelImage(4, 3, new byte[36]),
          Set.of(Leniency.EXTRANEOUS_BYTES, Leniency.COLOR_MARKERS));
    }
    return text.startsWith("ok")
        ? new DecodeOutcome.Decoded(new PixelImage(4, 3, new byte[36]))
        : new DecodeOutcome.Rejected(RejectionReason.UNSUPPORTED_FORMAT, "starts with " + text);
  }

  private static final Queue<Leniency> LENIENT = new ConcurrentLinkedQueue<>();
  private static final AtomicInteger DROPPED = new AtomicInteger();

  /** Fails on the image of 7 bytes. */
  private static final IngestMetrics METRICS =
      new IngestMetrics() {
        @Override
        public void accepted(int bytes, long nanos) {
          if (bytes == 7) {
            throw new IllegalStateException("a bug in a processor");
          }
        }

        @Override
        public void lenient(Leniency kind) {
          LENIENT.add(kind);
        }

        @Override
        public void headerDropped() {
          DROPPED.incrementAndGet();
        }
      };

  private static final MessageLimits LIMITS =
      new MessageLimits(LIMIT, LIMIT, TopicCatalog.rejectedLimit(LIMIT));

  private static Topology topology() {
    return ImageTopology.of(
        TOPICS,
        IngestSettings.defaults(),
        () -> LIMITS,
        ImageTopologyTest::decode,
        ImageTracer.OFF,
        METRICS,
        null);
  }

  @BeforeEach
  void start() {
    Properties properties =
        IngestProperties.of(
            TOPICS, IngestSettings.defaults(), LIMITS, Map.of("bootstrap.servers", "nowhere:1"));
    driver = new TopologyTestDriver(topology(), properties, NOON);
    raw =
        driver.createInputTopic(
            TOPICS.imagesRaw(), new ByteArraySerializer(), new ByteArraySerializer());
    accepted = output(TOPICS.imagesAccepted());
    rejected = output(TOPICS.imagesRejected());
    stats =
        driver.createOutputTopic(
            TOPICS.streamStats(), new StringDeserializer(), new ByteArrayDeserializer());
  }

  private TestOutputTopic<byte[], byte[]> output(String topic) {
    return driver.createOutputTopic(
        topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  @Test
  void passesAnImageAsItIsWithItsHeadersAndSize() {
    send("id-1", "ok cat", Map.of("ce_source", "/camera", "ce_label", "cat"));

    TestRecord<byte[], byte[]> image = accepted.readRecord();
    assertThat(image.key()).asString().isEqualTo("id-1");
    assertThat(image.value()).asString().isEqualTo("ok cat");
    assertThat(image.getRecordTime()).isEqualTo(NOON);
    assertThat(text(image.headers()))
        .containsEntry("ce_source", "/camera")
        .containsEntry("ce_label", "cat")
        .containsEntry("width", "4")
        .containsEntry("height", "3")
        .containsEntry("sha256", ContentHash.sha256("ok cat".getBytes(UTF_8)))
        .containsEntry("origin.topic", "millrace.images.raw")
        .containsEntry("origin.partition", "0")
        .containsEntry("origin.offset", "0");
    assertThat(rejected.isEmpty()).isTrue();
  }

  @Test
  void countsWhatWasWrongWithAnAcceptedImage() {
    LENIENT.clear();
    send("id-1", "ok cat", Map.of());
    assertThat(LENIENT).isEmpty();
    send("id-2", "ok but", Map.of());
    assertThat(accepted.readRecordsToList()).hasSize(2);
    assertThat(LENIENT)
        .containsExactlyInAnyOrder(Leniency.EXTRANEOUS_BYTES, Leniency.COLOR_MARKERS);
  }

  @Test
  void saysOfAnImageThatWasChangedWhatItWas() {
    send(null, "ok large", Map.of("content-type", "image/png", "original.bytes", "a lie"));
    TestRecord<byte[], byte[]> image = accepted.readRecord();
    String original = ContentHash.sha256("ok large".getBytes(UTF_8));
    assertThat(image.key()).asString().as("the id is the original's hash").isEqualTo(original);
    assertThat(image.value()).isEqualTo(SMALL);
    assertThat(text(image.headers()))
        .containsEntry("width", "4")
        .containsEntry("height", "3")
        .containsEntry("sha256", ContentHash.sha256(SMALL))
        .containsEntry("content-type", "image/jpeg")
        .containsEntry("original.sha256", original)
        .containsEntry("original.bytes", "8")
        .containsEntry("original.width", "40")
        .containsEntry("original.height", "30");
    send("id", "ok", Map.of("content-type", "image/png", "original.sha256", "a lie"));
    assertThat(text(accepted.readRecord().headers()))
        .containsEntry("content-type", "image/png")
        .doesNotContainKeys(
            "original.sha256", "original.bytes", "original.width", "original.height");
  }

  @Test
  void namesAnImageWithoutAKeyByItsContent() {
    send(null, "ok", Map.of());
    send("", "ok", Map.of());
    String sha256 = ContentHash.sha256("ok".getBytes(UTF_8));
    assertThat(accepted.readRecord().key()).asString().isEqualTo(sha256);
    assertThat(accepted.readRecord().key()).asString().isEqualTo(sha256);
  }

  @Test
  void sendsABrokenImageAsideWithTheReason() {
    send("good", "ok", Map.of());
    send("bad", "GIF", Map.of("ce_source", "/camera"));

    TestRecord<byte[], byte[]> image = rejected.readRecord();
    assertThat(image.key()).asString().isEqualTo("bad");
    assertThat(image.value()).asString().isEqualTo("GIF");
    assertThat(text(image.headers()))
        .containsEntry("ce_source", "/camera")
        .containsEntry("reason", "UNSUPPORTED_FORMAT")
        .containsEntry("detail", "starts with GIF")
        .containsEntry("origin.topic", "millrace.images.raw")
        .containsEntry("origin.partition", "0")
        .containsEntry("origin.offset", "1");
    assertThat(accepted.getQueueSize()).isEqualTo(1);
  }

  @Test
  void rejectsWhatTheDecoderFailsOnAndGoesOn() {
    send("a", "throw", Map.of());
    send("b", "ok", Map.of());

    assertThat(text(rejected.readRecord().headers()))
        .containsEntry("reason", "CORRUPT")
        .hasEntrySatisfying("detail", d -> assertThat(d).contains("a bug in the decoder"));
    assertThat(accepted.readRecord().key()).asString().isEqualTo("b");
  }

  @Test
  void rejectsWhatAProcessorFailsOnAndGoesOn() {
    send("a", "ok 7777", Map.of("ce_source", "/camera"));
    send("b", "ok", Map.of());

    TestRecord<byte[], byte[]> image = rejected.readRecord();
    assertThat(image.key()).asString().isEqualTo("a");
    assertThat(image.value()).asString().isEqualTo("ok 7777");
    assertThat(text(image.headers()))
        .containsEntry("ce_source", "/camera")
        .containsEntry("reason", "CORRUPT")
        .containsEntry("origin.topic", TOPICS.imagesRaw())
        .containsEntry("origin.offset", "0")
        .hasEntrySatisfying("detail", d -> assertThat(d).contains("a bug in a processor"));
    assertThat(accepted.readRecord().key()).asString().isEqualTo("b");
  }

  @Test
  void passesATombstoneOn() {
    send("gone", null, Map.of());
    TestRecord<byte[], byte[]> tombstone = accepted.readRecord();
    assertThat(tombstone.key()).asString().isEqualTo("gone");
    assertThat(tombstone.value()).isNull();
  }

  @Test
  void rejectsARecordOfNothing() {
    send(null, null, Map.of());
    assertThat(text(rejected.readRecord().headers())).containsEntry("reason", "EMPTY");
  }

  @Test
  void rejectsAnImageOverTheCapWithItsBytes() {
    send("fits", "ok".repeat(CAP / 2), Map.of());
    send("too large", "ok".repeat(CAP / 2 + 1), Map.of());

    assertThat(accepted.readRecord().value()).hasSize(CAP);
    TestRecord<byte[], byte[]> image = rejected.readRecord();
    assertThat(image.value()).hasSize(CAP + 2);
    assertThat(text(image.headers()))
        .containsEntry("reason", "TOO_LARGE")
        .containsEntry("detail", (CAP + 2) + " bytes: expected at most " + CAP);
  }

  @Test
  void rejectsAnImageWhoseHeadersDoNotFit() {
    String large = "x".repeat(TopicCatalog.HEADER_ROOM);
    send("a", "ok".repeat(CAP / 2), Map.of("ce_source", large, "note", "kept"));
    TestRecord<byte[], byte[]> image = rejected.readRecord();
    assertThat(image.value()).hasSize(CAP);
    assertThat(text(image.headers())).containsEntry("reason", "TOO_LARGE").containsKey("note");
    send("b", "ok".repeat(CAP / 2), Map.of("note", large));
    assertThat(accepted.readRecord().key()).asString().as("it stays behind").isEqualTo("b");
  }

  @Test
  void leavesAtItsOriginWhatNoTopicTakes() {
    send("a", "ok".repeat(LIMIT), Map.of("note", "kept"));
    send("b", "GIF", Map.of("note", "x".repeat(2 * LIMIT)));

    TestRecord<byte[], byte[]> bytes = rejected.readRecord();
    assertThat(bytes.value()).isEmpty();
    assertThat(text(bytes.headers()))
        .containsEntry("note", "kept")
        .hasEntrySatisfying(
            "detail", d -> assertThat(d).endsWith("its 400000 bytes stay at the origin"));
    TestRecord<byte[], byte[]> headers = rejected.readRecord();
    assertThat(text(headers.headers()))
        .doesNotContainKey("note")
        .containsEntry("reason", "UNSUPPORTED_FORMAT")
        .containsEntry("origin.offset", "1");
  }

  @Test
  void rejectsAKeyThatIsNoId() {
    send("k".repeat(5000), "ok", Map.of());
    TestRecord<byte[], byte[]> image = rejected.readRecord();
    assertThat(image.key()).asString().isEqualTo(ContentHash.sha256("ok".getBytes(UTF_8)));
    assertThat(text(image.headers())).containsEntry("reason", "TOO_LARGE");
  }

  @Test
  void believesNoHeaderThatItSetsItself() {
    send("a", "ok", Map.of("width", "99", "sha256", "0", "origin.offset", "7"));
    assertThat(text(accepted.readRecord().headers()))
        .containsEntry("width", "4")
        .containsEntry("sha256", ContentHash.sha256("ok".getBytes(UTF_8)))
        .containsEntry("origin.offset", "0");
  }

  @Test
  void handsOnTheHeadersOfTheListAndNoOthers() {
    Map<String, String> sent =
        Map.of(
            "ce_source", "/camera",
            "ce_subject", "a.jpg",
            "tenant", "a",
            "camera", "12",
            "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "model.version", "7",
            "secret", "s");
    send("id-1", "ok", sent);
    send("id-1", null, sent);
    Map<String, String> image = text(accepted.readRecord().headers());
    Map<String, String> tombstone = text(accepted.readRecord().headers());
    for (Map<String, String> out : List.of(image, tombstone)) {
      assertThat(out)
          .containsEntry("ce_source", "/camera")
          .containsEntry("ce_subject", "a.jpg")
          .containsEntry("tenant", "a")
          .containsEntry("camera", "12")
          .containsEntry("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
          .doesNotContainKeys("secret", "model.version");
    }
    send("id-2", "GIF", sent);
    assertThat(text(rejected.readRecord().headers()))
        .as("all of them, to find out what was wrong")
        .containsEntry("secret", "s");
  }

  @Test
  void leavesBehindAndCountsWhatIsTooLongOrNoText() {
    DROPPED.set(0);
    send("id-1", "ok", Map.of("tenant", "x".repeat(1024), "camera", "x".repeat(1025)));
    send("id-2", "ok", Map.of("tenant", "a\nb", "camera", "Tür 3"));
    assertThat(text(accepted.readRecord().headers()))
        .containsEntry("tenant", "x".repeat(1024))
        .doesNotContainKey("camera");
    assertThat(text(accepted.readRecord().headers()))
        .doesNotContainKey("tenant")
        .containsEntry("camera", "Tür 3");
    assertThat(DROPPED).hasValue(2);
  }

  @Test
  void sumsBySourceAndWindow() {
    send("1", "ok", Map.of("ce_source", "/a"));
    send("2", "ok!", Map.of("ce_source", "/a"));
    send("3", "GIF", Map.of("ce_source", "/a"));
    send("4", null, Map.of("ce_source", "/a"));
    send("5", "ok", Map.of());
    driver.advanceWallClockTime(Duration.ofSeconds(1));
    send("6", "ok", Map.of("ce_source", "/a"));
    driver.advanceWallClockTime(Duration.ofSeconds(1));
    Map<String, StreamStats> first = lastOfEach();
    driver.advanceWallClockTime(Duration.ofSeconds(10));
    send("7", "ok", Map.of("ce_source", "/a"));
    driver.advanceWallClockTime(Duration.ofSeconds(1));
    Map<String, StreamStats> second = lastOfEach();

    long noon = NOON.toEpochMilli();
    assertThat(first)
        .containsEntry(
            "/a",
            new StreamStats(
                "/a",
                noon,
                noon + 10_000,
                3,
                Map.of(RejectionReason.UNSUPPORTED_FORMAT, 1L),
                1,
                7,
                3,
                3,
                36,
                3,
                4))
        .hasEntrySatisfying("(none)", s -> assertThat(s.accepted()).isEqualTo(1));
    assertThat(second.get("/a").windowStart()).isEqualTo(noon + 10_000);
    assertThat(second.get("/a").accepted()).isEqualTo(1);
  }

  @Test
  void keepsABoundedNumberOfSourcesApart() {
    for (int i = 0; i < SourceStatsAggregator.MOST_SOURCES + 5; i++) {
      send("i" + i, "ok", Map.of("ce_source", "/" + i + "x".repeat(400)));
    }
    driver.advanceWallClockTime(Duration.ofSeconds(1));
    Map<String, StreamStats> all = lastOfEach();
    assertThat(all).hasSize(SourceStatsAggregator.MOST_SOURCES + 1);
    assertThat(all.get(SourceStatsAggregator.OTHERS).accepted()).isEqualTo(5);
    assertThat(all.keySet()).allMatch(source -> source.length() <= 256);
  }

  @Test
  void movesNoImageBetweenTasks() {
    String description = topology().describe().toString();
    List<String> repartitioned =
        Stream.of(description.split("\n")).filter(l -> l.contains("repartition")).toList();
    assertThat(repartitioned).isNotEmpty().allMatch(line -> line.contains("sources"));
  }

  private Map<String, StreamStats> lastOfEach() {
    Map<String, byte[]> last = stats.readKeyValuesToMap();
    return last.entrySet().stream()
        .collect(
            java.util.stream.Collectors.toMap(
                Map.Entry::getKey, e -> StreamStatsJson.read(e.getValue())));
  }

  private void send(String key, String value, Map<String, String> headers) {
    RecordHeaders all = new RecordHeaders();
    headers.forEach((name, text) -> all.add(name, text.getBytes(UTF_8)));
    raw.pipeInput(
        new TestRecord<>(
            key == null ? null : key.getBytes(UTF_8),
            value == null ? null : value.getBytes(UTF_8),
            all,
            NOON));
  }

  private static Map<String, String> text(Headers headers) {
    return StreamSupport.stream(headers.spliterator(), false)
        .collect(
            java.util.stream.Collectors.toMap(h -> h.key(), h -> new String(h.value(), UTF_8)));
  }
}
