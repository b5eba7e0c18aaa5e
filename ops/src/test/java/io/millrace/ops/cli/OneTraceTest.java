package io.millrace.ops.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.node.Clients;
import io.millrace.ops.node.Node;
import io.millrace.ops.tracing.SpanCollector;
import io.millrace.serving.kafka.ServingStatus;
import io.millrace.testing.TopicContent;
import io.opentelemetry.proto.trace.v1.Span;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A producer's trace goes through a whole node: ingest, learner, embedding. */
class OneTraceTest {
  private static final Duration SOON = Duration.ofSeconds(120);
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";

  @TempDir Path folder;

  @Test
  void threeSpansOfOneTraceAcrossTheTopics() throws Exception {
    try (var broker = EmbeddedBroker.start(BrokerSettings.defaults(folder.resolve("kafka")));
        var collector = new SpanCollector()) {
      MillraceConfig config = config(broker.bootstrapServers(), collector.url());
      try (Admin admin = Clients.admin(config.kafka())) {
        new TopicAdmin(admin, Duration.ofSeconds(30))
            .ensure(TopicCatalog.of(config.topicNames(), config.topics()));
      }
      try (var node =
              new Node(
                  config,
                  EnumSet.allOf(RoleName.class),
                  null,
                  LearnerListener.NONE,
                  Clock.systemUTC());
          var producer = producer(config)) {
        node.start();
        for (int i = 0; i < 32; i++) {
          send(producer, config, "i" + i, i, "");
        }
        wait(node, () -> serves(node));
        send(producer, config, "traced", 99, "00-" + TRACE + "-" + PARENT + "-01");
        wait(node, () -> steps(collector).keySet().size() == 3);
        Map<String, Span> steps = steps(collector);
        assertThat(steps).containsOnlyKeys("millrace ingest", "millrace learn", "millrace embed");
        Span ingest = Objects.requireNonNull(steps.get("millrace ingest"));
        assertThat(parent(ingest)).isEqualTo(PARENT);
        assertThat(parent(Objects.requireNonNull(steps.get("millrace learn"))))
            .isEqualTo(id(ingest));
        Span embed = Objects.requireNonNull(steps.get("millrace embed"));
        assertThat(parent(embed)).isEqualTo(id(ingest));
        assertThat(collector.all())
            .as("images without a trace have no spans")
            .isEqualTo(collector.trace(TRACE));
        assertThat(traceparents(config, config.topicNames().imagesAccepted()))
            .contains("00-" + TRACE + "-" + id(ingest) + "-01");
        // By whichever version was live at the time.
        assertThat(traceparents(config, config.topicNames().embeddings()))
            .contains("00-" + TRACE + "-" + id(embed) + "-01");
        JsonNode shown = new ObjectMapper().readTree(tail(config, "tenant=a"));
        assertThat(shown.path("image").asText())
            .as("the only one of the tenant")
            .isEqualTo("traced");
        assertThat(shown.path("headers").path("tenant").asText()).isEqualTo("a");
        assertThat(shown.has("nearest")).isFalse();
        node.end();
      }
    }
  }

  private MillraceConfig config(String servers, String collector) {
    var settings = new ArrayList<>(DemoTest.TINY);
    settings.addAll(
        List.of(
            "kafka.bootstrapServers=" + servers,
            "topics.imagePartitions=1",
            "learner.idle=rest",
            "learner.batchWait=100ms",
            "learner.release.everySeconds=1",
            "learner.release.gate.minFeatureStd=0",
            "learner.release.gate.minRankMe=0",
            "tracing.otlpUrl=" + collector));
    return ConfigReader.over(MillraceConfig.defaults(), settings)
        .withDataDir(folder.resolve("data"));
  }

  private static KafkaProducer<byte[], byte[]> producer(MillraceConfig config) {
    return new KafkaProducer<>(
        config.kafka().clients(), new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer,
      MillraceConfig config,
      String id,
      int seed,
      String traceparent)
      throws Exception {
    var record =
        new ProducerRecord<>(config.topicNames().imagesRaw(), id.getBytes(UTF_8), png(seed));
    if (!traceparent.isEmpty()) {
      HeaderText.set(record.headers(), "traceparent", traceparent);
      HeaderText.set(record.headers(), "tenant", "a");
    }
    producer.send(record).get();
  }

  private static String tail(MillraceConfig config, String filter) {
    return Printed.by(
        "tail",
        "embeddings",
        "--json",
        "--count",
        "1",
        "--filter",
        filter,
        "--set",
        "kafka.bootstrapServers=" + config.kafka().bootstrapServers());
  }

  private static byte[] png(int seed) throws IOException {
    var random = new Random(seed);
    var image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 32 * 32; i++) {
      image.setRGB(i % 32, i / 32, random.nextInt(1 << 24));
    }
    var out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  private static boolean serves(Node node) {
    ServingStatus s = node.servingStatus();
    return s != null && s.liveVersion() != null && s.refresh() == null && s.lag() == 0;
  }

  private static void wait(Node node, BooleanSupplier until) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              node.tick();
              node.requireWell();
              return until.getAsBoolean();
            });
  }

  private static Map<String, Span> steps(SpanCollector collector) {
    var out = new TreeMap<String, Span>();
    collector.trace(TRACE).forEach(span -> out.put(span.getName(), span));
    return out;
  }

  private static String id(Span span) {
    return SpanCollector.hex(span.getSpanId().toByteArray());
  }

  private static String parent(Span span) {
    return SpanCollector.hex(span.getParentSpanId().toByteArray());
  }

  private static List<String> traceparents(MillraceConfig config, String topic) {
    return TopicContent.records(config.kafka().clients(), topic).stream()
        .map(record -> String.valueOf(HeaderText.get(record.headers(), "traceparent")))
        .toList();
  }
}
