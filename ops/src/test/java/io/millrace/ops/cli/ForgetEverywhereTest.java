package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.metrics.MeteredSource;
import io.millrace.ops.node.Clients;
import io.millrace.ops.node.Node;
import io.millrace.ops.node.PublishRole;
import io.millrace.ops.node.RoleThread;
import io.millrace.serving.kafka.ServingStatus;
import io.millrace.testing.TopicContent;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An image is forgotten by command and another by HTTP: both are gone from the gallery, the
 * embeddings of every version, the targets, the search and the replay; a re-embedding does not
 * bring them back, nor a learner that starts from a checkpoint that was saved before. On the way
 * releases are promoted and rolled back, and one is kept back by the gate.
 */
class ForgetEverywhereTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final int IMAGES = 48;

  @TempDir Path folder;

  @Test
  void aForgottenImageIsGoneEverywhereAndNothingBringsItBack() throws Exception {
    try (var broker = EmbeddedBroker.start(BrokerSettings.defaults(folder.resolve("kafka")))) {
      MillraceConfig config = config(broker.bootstrapServers());
      Topics topics = config.topicNames();
      try (Admin admin = Clients.admin(config.kafka())) {
        new TopicAdmin(admin, Duration.ofSeconds(30))
            .ensure(TopicCatalog.of(topics, config.topics()));
      }
      Path older = folder.resolve("older");
      Set<String> all;
      List<String> gone;
      // It waits for the first version that serves, and then shows what there is.
      CompletableFuture<Void> tail =
          CompletableFuture.runAsync(
              () -> command(broker, "tail", "embeddings", "--last", "2", "--count", "2"));
      try (Node node = node(config, EnumSet.allOf(RoleName.class))) {
        publishAll(config, node);
        wait(node, () -> !node.watch().releases().isEmpty());
        command(broker, "promote", "1");
        wait(node, () -> live(node, 1));
        tail.get(SOON.toSeconds(), TimeUnit.SECONDS);
        wait(node, learned(node));
        node.end();
        all = keys(config, topics.imagesAccepted());
        Set<String> kept = kept(config);
        assertThat(kept).hasSizeGreaterThan(10);
        gone =
            List.of(kept.stream().sorted().toList().get(2), kept.stream().sorted().toList().get(7));
        assertThat(keys(config, topics.embeddings()))
            .contains(gone.get(0) + "@1", gone.get(1) + "@1");
        assertThat(keys(config, topics.targets())).containsAll(gone);
      }
      copy(config.checkpointsDir(), older);

      var remain = new TreeSet<>(all);
      remain.removeAll(gone);
      try (Node node = node(config, EnumSet.allOf(RoleName.class))) {
        wait(node, () -> found(node, gone.get(0)) && found(node, gone.get(1)));
        command(broker, "forget", gone.get(0));
        HttpResponse<String> answer =
            send(
                request(node, "api/forget", "{\"id\":\"" + gone.get(1) + "\"}")
                    .header("Authorization", "Bearer " + token(config)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);

        wait(node, () -> keys(config, topics.embeddings()).equals(versions(remain, 1)));
        assertThat(keys(config, topics.imagesAccepted())).isEqualTo(remain);
        assertThat(keys(config, topics.targets())).isEqualTo(remain);
        wait(node, () -> !found(node, gone.get(0)) && !found(node, gone.get(1)));

        command(broker, "promote", "2");
        wait(node, () -> live(node, 2) && searches(node, 2));
        wait(
            node,
            () -> {
              Set<String> both = versions(remain, 1);
              both.addAll(versions(remain, 2));
              return keys(config, topics.embeddings()).equals(both);
            });
        assertThat(keys(config, topics.targets())).isEqualTo(remain);
        for (String id : gone) {
          assertThat(found(node, id)).as(id).isFalse();
        }
        assertThat(neighbors(node, remain.first()))
            .hasSize(remain.size())
            .doesNotContainAnyElementsOf(gone);
        command(broker, "rollback");
        wait(node, () -> live(node, 1) && searches(node, 1));
        assertThat(neighbors(node, remain.first()))
            .hasSize(remain.size())
            .doesNotContainAnyElementsOf(gone);
        HttpResponse<String> other = search(node, "{\"vector\":[1],\"version\":2}");
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(other.body()).contains("@1", "@2");
        wait(node, learned(node));
        node.end();
        assertThat(kept(config)).isNotEmpty().doesNotContainAnyElementsOf(gone);
      }

      remove(config.checkpointsDir());
      copy(older, config.checkpointsDir());
      assertThat(kept(config)).as("the checkpoint from before").containsAll(gone);
      // It learns on; what it releases is too far from what serves, and the gate keeps it back.
      MillraceConfig strict =
          config(
              broker.bootstrapServers(),
              "learner.idle=replay",
              "learner.release.gate.automatic=true",
              "learner.release.gate.maxDrift=1e-9");
      try (Node node = node(strict, EnumSet.of(RoleName.LEARNER))) {
        wait(node, learned(node));
        LearnerStatus caughtUp = Objects.requireNonNull(node.learnerStatus());
        wait(node, () -> Objects.requireNonNull(node.learnerStatus()).step() > caughtUp.step());
        node.end();
      }
      assertThat(kept(config)).isNotEmpty().doesNotContainAnyElementsOf(gone);
      try (var log = Clients.releases(config)) {
        String model = config.learner().model();
        ReleaseManifest third = log.releases(model).get(2);
        assertThat(third.gate()).isEqualTo(ReleaseManifest.State.REJECTED);
        assertThat(third.gateReason()).startsWith("drift is ").endsWith("expected at most 1.0E-9");
        assertThat(log.serving(model)).hasValue(1);
      }
    }
  }

  private MillraceConfig config(String servers, String... more) {
    List<String> settings =
        Stream.concat(
                DemoTest.TINY.stream(),
                Stream.of(
                    "kafka.bootstrapServers=" + servers,
                    "topics.imagePartitions=2",
                    "synthetic.images=" + IMAGES,
                    "learner.idle=rest",
                    "learner.batchWait=100ms",
                    "learner.release.everySeconds=3600",
                    "learner.release.atStop=true",
                    "learner.release.gate.automatic=false",
                    "serving.targets=true"))
            .collect(Collectors.toCollection(ArrayList::new));
    settings.addAll(List.of(more));
    return ConfigReader.over(MillraceConfig.defaults(), settings)
        .withDataDir(folder.resolve("data"));
  }

  private static Node node(MillraceConfig config, Set<RoleName> roles) {
    var node = new Node(config, roles, null, LearnerListener.NONE, Clock.systemUTC());
    node.start();
    return node;
  }

  private static void publishAll(MillraceConfig config, Node node) throws Exception {
    try (ImageSource source = Sources.open(Sources.SYNTHETIC, config.synthetic())) {
      RoleThread publisher =
          new RoleThread(
                  new PublishRole(
                      config,
                      source,
                      node::learningLag,
                      new MeteredSource(node.meters()),
                      node.clients()))
              .start();
      publisher.join(SOON);
    }
  }

  private static void command(EmbeddedBroker broker, String... args) {
    List<String> line =
        Stream.concat(
                Stream.of(args),
                Stream.of("--set", "kafka.bootstrapServers=" + broker.bootstrapServers()))
            .toList();
    assertThat(Main.commandLine().execute(line.toArray(String[]::new))).isZero();
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

  private static boolean live(Node node, long version) {
    ServingStatus s = node.servingStatus();
    return s != null
        && Long.valueOf(version).equals(s.liveVersion())
        && s.refresh() == null
        && s.lag() == 0;
  }

  /** Whether the learner has consumed all that there was by now. */
  private static BooleanSupplier learned(Node node) {
    Instant now = Instant.now();
    return () -> {
      LearnerStatus s = node.learnerStatus();
      Instant upTo = s == null ? null : s.caughtUpTo();
      return upTo != null && upTo.isAfter(now);
    };
  }

  // What is where.

  private static Set<String> keys(MillraceConfig config, String topic) {
    return new TreeSet<>(TopicContent.compacted(config.kafka().clients(), topic).keySet());
  }

  private static Set<String> versions(Set<String> ids, long version) {
    return ids.stream()
        .map(id -> id + "@" + version)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Ids that the newest checkpoint keeps: replay, and the images that monitors look at. */
  private static Set<String> kept(MillraceConfig config) throws IOException {
    try (Stream<Path> there = Files.list(config.checkpointsDir())) {
      Path newest =
          there
              .filter(path -> path.getFileName().toString().startsWith("checkpoint-"))
              .max((a, b) -> a.getFileName().compareTo(b.getFileName()))
              .orElseThrow();
      JsonNode replay = JSON.readTree(newest.resolve("replay.json").toFile());
      JsonNode manifest = JSON.readTree(newest.resolve("manifest.json").toFile());
      var ids = new TreeSet<>(replay.findValuesAsText("id"));
      ids.addAll(manifest.path("reference").findValuesAsText("id"));
      return ids;
    }
  }

  private static boolean found(Node node, String id) {
    return search(node, "{\"id\":\"" + id + "\"}").statusCode() == 200;
  }

  private static boolean searches(Node node, long version) {
    HttpResponse<String> answer = search(node, "{\"id\":\"nobody\"}");
    return answer.body().contains("@" + version);
  }

  private static List<String> neighbors(Node node, String id) throws IOException {
    HttpResponse<String> answer = search(node, "{\"id\":\"" + id + "\",\"k\":100,\"exact\":true}");
    return JSON.readTree(answer.body()).path("neighbours").findValuesAsText("id");
  }

  private static HttpResponse<String> search(Node node, String body) {
    return send(request(node, "search", body));
  }

  private static HttpRequest.Builder request(Node node, String path, String body) {
    return HttpRequest.newBuilder(URI.create(node.address() + path))
        .timeout(Duration.ofSeconds(20))
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String token(MillraceConfig config) throws IOException {
    return Files.readString(config.dataDir().resolve("http-token")).strip();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path)));
      }
    }
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(path);
      }
    }
  }
}
