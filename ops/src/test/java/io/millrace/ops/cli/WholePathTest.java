package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.deploy.Dashboards;
import io.millrace.ops.deploy.Tool;
import io.millrace.ops.experiment.HeldOut;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.it.HangingPng;
import io.millrace.ops.metrics.Meter;
import io.millrace.ops.metrics.MeteredSource;
import io.millrace.ops.node.Clients;
import io.millrace.ops.node.Node;
import io.millrace.ops.node.PublishRole;
import io.millrace.ops.node.RoleThread;
import io.millrace.serving.kafka.ServingStatus;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From published images to embeddings and meters, on a Kafka and a Prometheus that {@link
 * ExternalSystems} finds: containers where an engine answers, else what this machine has.
 */
class WholePathTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * No GPU here, nothing rejected, no alert, no words in this method, no event just now; a query of
   * faults ({@code > 0}) has no answer where there are none.
   */
  private static final Pattern MAY_BE_SILENT =
      Pattern.compile("gpu|rejected|ALERTS|erplexity|jvm_gc_pause|changes|> 0$");

  @TempDir Path folder;

  @Test
  void imagesBecomeEmbeddingsAndEveryMeterIsScraped() throws Exception {
    try (var systems = new ExternalSystems(folder)) {
      MillraceConfig config = config(systems.kafka());
      try (Admin admin = Clients.admin(config.kafka())) {
        new TopicAdmin(admin, Duration.ofSeconds(30))
            .ensure(TopicCatalog.of(config.topicNames(), config.topics()));
      }
      try (ImageSource source = Sources.open(Sources.SYNTHETIC, config.synthetic());
          var decoder = new ImageDecoder(config.decode());
          var node =
              new Node(
                  config,
                  EnumSet.allOf(RoleName.class),
                  HeldOut.probe(
                      source,
                      config.acceptImages(decoder),
                      config.learner().probe(),
                      config.learner().replay().maxSide()),
                  LearnerListener.NONE,
                  Clock.systemUTC())) {
        node.start();
        RoleThread publisher =
            new RoleThread(
                    new PublishRole(
                        config,
                        source,
                        node::learningLag,
                        new MeteredSource(node.meters()),
                        node.clients()))
                .start();
        try {
          await()
              .atMost(Duration.ofSeconds(120))
              .pollInterval(Duration.ofMillis(500))
              .until(() -> servesAll(node));
          lookAtThePage(node.address());
          namesAreTold(node.address(), config.kafka().bootstrapServers());
          await()
              .atMost(Duration.ofSeconds(30))
              .untilAsserted(() -> everyMeterIsIn(get(node.address() + "metrics")));
          prometheusSeesIt(systems, node.address());
          requestsThatHangTheirDecodersEndNothing(node, config.api().image().decoders());
        } finally {
          publisher.requestStop();
          publisher.join(Duration.ofSeconds(20));
        }
        node.end();
        assertThat(node.tick().phase()).isEqualTo("done");
      }
    }
  }

  private MillraceConfig config(String servers) {
    List<String> settings =
        Stream.concat(
                DemoTest.TINY.stream(),
                Stream.of(
                    "kafka.bootstrapServers=" + servers,
                    "topics.imagePartitions=2",
                    "api.requestTimeout=10s",
                    // As a Prometheus in a container calls this process.
                    "api.hosts=[host.testcontainers.internal]",
                    "learner.checkpoint.everySteps=20",
                    "learner.release.everySeconds=600",
                    // Four updates of a tiny network say nothing of its quality.
                    "learner.release.gate.minRankMe=0"))
            .toList();
    return ConfigReader.over(MillraceConfig.defaults(), settings)
        .withDataDir(folder.resolve("data"));
  }

  private static boolean servesAll(Node node) {
    node.tick();
    node.requireWell();
    ServingStatus s = node.servingStatus();
    return s != null
        && s.liveVersion() != null
        && s.refresh() == null
        && s.lag() == 0
        && s.embedded() >= node.watch().accepted()
        && node.watch().accepted() > 100
        && !node.watch().releases().isEmpty();
  }

  private static void lookAtThePage(String address) throws Exception {
    assertThat(get(address)).contains("<title>Millrace</title>");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(JSON.readTree(get(address + "api/map")).path("points").size())
                    .as("images on the map")
                    .isGreaterThan(3));
    await() // the index reads on after the last embedding is written
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              JsonNode ready = JSON.readTree(get(address + "v2/health/ready/serving"));
              assertThat(ready.path("ready").asBoolean()).as(ready::toString).isTrue();
            });
  }

  /** The synthetic stream's ids end with the images' names, which are their own header. */
  private static void namesAreTold(String address, String servers) throws Exception {
    List<String> shown =
        Printed.by(
                ("tail embeddings --json --last 5 --count 5 --set kafka.bootstrapServers="
                        + servers)
                    .split(" "))
            .lines()
            .toList();
    assertThat(shown).hasSize(5);
    for (String line : shown) {
      JsonNode image = JSON.readTree(line);
      assertNamed(image.path("image"), image.path("name"));
      assertNamed(image.path("nearest"), image.path("nearestName"));
    }
    String id = JSON.readTree(shown.get(0)).path("image").asText();
    JsonNode found =
        JSON.readTree(
                HttpClient.newHttpClient()
                    .send(
                        HttpRequest.newBuilder(URI.create(address + "search"))
                            .POST(
                                HttpRequest.BodyPublishers.ofString(
                                    "{\"id\": \"" + id + "\", \"k\": 3}"))
                            .build(),
                        HttpResponse.BodyHandlers.ofString())
                    .body())
            .path("neighbours");
    assertThat(found).hasSize(3);
    found.forEach(neighbor -> assertNamed(neighbor.path("id"), neighbor.path("name")));
    JsonNode point = JSON.readTree(get(address + "api/map")).path("points").path(0);
    assertNamed(point.path("id"), point.path("name"));
    String image = URLEncoder.encode(point.path("id").asText(), StandardCharsets.UTF_8);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              JsonNode near =
                  JSON.readTree(get(address + "api/image/neighbours?id=" + image)).path("near");
              assertThat(near).isNotEmpty();
              near.forEach(one -> assertNamed(one.path("id"), one.path("name")));
            });
  }

  private static void assertNamed(JsonNode id, JsonNode name) {
    assertThat(name.asText()).isNotEmpty();
    assertThat(id.asText()).endsWith("-" + name.asText());
  }

  /** All decoders of requests hang in the reader itself: the stream and the process go on. */
  private static void requestsThatHangTheirDecodersEndNothing(Node node, int decoders)
      throws Exception {
    String body =
        """
        {"inputs": [{"name": "images", "datatype": "BYTES", "shape": [1], "data": ["%s"]}]}\
        """
            .formatted(Base64.getEncoder().encodeToString(HangingPng.file()));
    try (var hanging = new HangingPng()) {
      var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
      for (int i = 0; i < decoders; i++) {
        answers.add(
            HttpClient.newHttpClient()
                .sendAsync(
                    HttpRequest.newBuilder(URI.create(node.address() + "v2/models/embed/infer"))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                    HttpResponse.BodyHandlers.ofString()));
      }
      await().atMost(Duration.ofSeconds(30)).until(() -> hanging.hanging() == decoders);
      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        assertThat(answer.get(90, TimeUnit.SECONDS).statusCode()).isIn(400, 503);
      }
      assertThat(hanging.hanging()).isEqualTo(decoders);
      node.tick();
      node.requireWell();
      JsonNode live = JSON.readTree(get(node.address() + "v2/health/live"));
      assertThat(live.path("live").asBoolean()).as(live::toString).isTrue();
      JsonNode ready = JSON.readTree(get(node.address() + "v2/health/ready"));
      assertThat(ready.path("ready").asBoolean()).as(ready::toString).isTrue();
    }
  }

  private static void everyMeterIsIn(String scraped) {
    var missing = new TreeSet<String>();
    boolean gpu = Tool.find("nvidia-smi").isPresent();
    for (Meter meter : Meter.values()) {
      boolean there =
          meter.prometheusNames().stream()
              .anyMatch(name -> scraped.lines().anyMatch(line -> line.matches(name + "[{ ].*")));
      if (!there && (gpu || !meter.needsGpu())) {
        missing.add(meter + " " + meter.prometheusNames());
      }
    }
    assertThat(missing).as("cataloged and not registered by a full run").isEmpty();
    assertThat(scraped).contains("kafka_consumer_", "kafka_producer_", "kafka_stream_", "jvm_gc_");
  }

  private static void prometheusSeesIt(ExternalSystems systems, String address) throws Exception {
    String prometheus = systems.prometheus(URI.create(address).getPort());
    if (prometheus.isEmpty()) {
      return;
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> value(prometheus, "sum(millrace_learner_steps_total)") > 0);
    assertThat(value(prometheus, "up{job=\"millrace\"}")).isEqualTo(1);
    assertThat(value(prometheus, "count(count by (__name__) ({__name__=~\"millrace_.*\"}))"))
        .isGreaterThan(60);
    JsonNode rules = JSON.readTree(get(prometheus + "/api/v1/rules"));
    assertThat(rules.findValuesAsText("health")).isNotEmpty().doesNotContain("err");
    await() // rates need two scrapes
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(silent(prometheus))
                    .as("queries of the dashboards that a full run has no answer to")
                    .isEmpty());
  }

  private static List<String> silent(String prometheus) throws Exception {
    var silent = new ArrayList<String>();
    for (String query : Dashboards.queries()) {
      JsonNode answer = ask(prometheus, query);
      assertThat(answer.path("status").asText()).as("%s: %s", query, answer).isEqualTo("success");
      if (answer.path("data").path("result").isEmpty() && !MAY_BE_SILENT.matcher(query).find()) {
        silent.add(query);
      }
    }
    return silent;
  }

  private static double value(String prometheus, String query) throws Exception {
    JsonNode result = ask(prometheus, query).path("data").path("result");
    return result.path(0).path("value").path(1).asDouble();
  }

  private static JsonNode ask(String prometheus, String query) throws Exception {
    String asked = URLEncoder.encode(query, StandardCharsets.UTF_8);
    return JSON.readTree(get(prometheus + "/api/v1/query?query=" + asked));
  }

  private static String get(String url) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
