package io.millrace.learner.bench;

import static io.millrace.learner.it.GroupProcesses.nameOf;
import static io.millrace.learner.it.GroupProcesses.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.EncodedImages;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.it.ImageTopics;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.it.GroupProcesses;
import io.millrace.learner.replay.ReplayEntry;
import io.millrace.ops.cli.Main;
import io.millrace.testing.TestJvm;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes of the learner's role that compute one model together, by gloo, while images flow and
 * processes, the shared folder or the broker go. What each image came to is read from replay, which
 * keeps them all: one that was applied twice, or never, shows in the number of offers.
 *
 * <p>In this module it runs beside {@link ChaosTest}, which waits as much as it does.
 */
@Timeout(900)
class LearnerGroupTest {
  private static final String MODEL = "group";
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  /** What a busy machine adds to the group's own timeout. */
  private static final Duration PATIENCE = TIMEOUT.plusSeconds(185);

  /** What a process says that lost its generation, or could not begin it. */
  private static final String GOES_ON = "it goes on from the last checkpoint|it is tried again";

  private static final int EACH = 40;
  private static final int SIDE = 16;

  @TempDir Path dir;
  private EmbeddedBroker broker;
  private Process brokerProcess;
  private ImageTopics cluster;
  private Path shared;
  private GroupProcesses group;
  private int published;

  @BeforeEach
  void begin() throws IOException {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
    cluster = new ImageTopics(broker);
    shared = dir.resolve("shared");
    group = new GroupProcesses(cluster, MODEL, shared.resolve("checkpoints"), dir, PATIENCE);
    Files.createDirectories(dir.resolve("folder"));
    Files.createSymbolicLink(shared, dir.resolve("folder"));
  }

  @AfterEach
  void end() {
    group.close();
    cluster.close();
    broker.close();
    if (brokerProcess != null) {
      brokerProcess.destroyForcibly();
    }
  }

  @Test
  void everyImageIsAppliedOnceThoughRanksAreKilledAndStopped() throws Exception {
    publish();
    for (String name : List.of("a", "b", "c")) {
      start(name);
    }
    Generation three = group.awaitGroup(g -> g.members().size() == 3);
    publish();
    group.awaitCheckpoint(three);
    requireSeen(three);

    publish();
    group.kill(three.members().get(2));
    Generation two = group.awaitGroup(g -> g.members().size() == 2 && g.epoch() > three.epoch());
    assertThat(two.leader()).as("the leader stays").isEqualTo(three.leader());
    publish();
    group.awaitCheckpoint(two);

    // The leader stands still: the other is blocked in a collective until that gives up.
    String zombie = nameOf(two.leader());
    publish();
    group.signal("STOP", zombie);
    Generation without = group.awaitGroup(g -> !names(g).contains(zombie));
    publish();
    group.awaitCheckpoint(without);
    group.signal("CONT", zombie);
    Generation again = group.awaitGroup(g -> names(g).contains(zombie));
    assertThat(again.leader()).as("it does not lead").isEqualTo(without.leader());
    assertThat(again.members()).as("it is a new member").doesNotContain(two.leader());
    publish();
    group.awaitCheckpoint(again);

    publish();
    group.kill(again.leader());
    Generation last = group.awaitGroup(g -> g.epoch() > again.epoch() && !g.equals(again));
    assertThat(names(last)).containsExactly(zombie);
    publish();
    requireLedger();
  }

  @Test
  void aSharedFolderThatIsAwayForAWhileLosesNothing() throws Exception {
    publish();
    for (String name : List.of("a", "b")) {
      start(name);
    }
    Generation two = group.awaitGroup(g -> g.members().size() == 2);
    publish();
    group.awaitCheckpoint(two);

    share(Files.createFile(dir.resolve("no-folder"))); // whatever asks for something in it fails
    publish();
    group.awaitSaid("could not save a checkpoint", 1);
    group.kill(two.leader());
    group.awaitSaid("it is tried again", 1);
    publish();
    share(dir.resolve("folder"));

    Generation one = group.awaitGroup(g -> g.members().size() == 1 && g.epoch() > two.epoch());
    group.awaitCheckpoint(one);
    requireLedger();
  }

  @Test
  void aBrokerThatIsAwayForAWhileLosesNothing() throws Exception {
    publish();
    for (String name : List.of("a", "b")) {
      // There is always something to compute and to save, and nobody waits long for the broker.
      start(name, "learner.idle=replay", "feed.requestTimeout=3s");
    }
    Generation two = group.awaitGroup(g -> g.members().size() == 2);
    group.awaitCheckpoint(two);

    publish();
    int said = group.said(GOES_ON);
    broker.close();
    group.awaitSaid(GOES_ON, said + 1);
    startBroker();
    publish();
    Generation again = group.awaitGroup(g -> g.members().size() == 2 && g.epoch() > two.epoch());

    // By SIGKILL, as the group forms.
    said = group.said(GOES_ON);
    brokerProcess.destroyForcibly().waitFor();
    group.awaitSaid(GOES_ON, said + 1);
    startBroker();
    publish();
    Generation last = group.awaitGroup(g -> g.members().size() == 2 && g.epoch() > again.epoch());
    group.awaitCheckpoint(last);
    requireLedger();
  }

  /** Each process tells who learns with it, in its status and its meters. */
  private void requireSeen(Generation in) throws Exception {
    for (int rank = 0; rank < in.members().size(); rank++) {
      String page = group.found(nameOf(in.members().get(rank)), "running \\[learner] (http\\S+)");
      await().atMost(PATIENCE).until(() -> told(page).path("slowest").isTextual());
      JsonNode told = told(page);
      assertThat(told.path("rank").asInt()).isEqualTo(rank);
      assertThat(told.path("size").asInt()).isEqualTo(in.members().size());
      assertThat(told.path("generation").asLong()).isEqualTo(in.number());
      assertThat(told.path("leader").asText()).isEqualTo(in.leader());
      assertThat(told.path("members").findValuesAsText("name"))
          .containsExactlyInAnyOrderElementsOf(in.members());
      assertThat(in.members()).contains(told.path("slowest").asText());
      assertThat(get(page + "metrics"))
          .containsPattern("(?m)^millrace_group_rank[^\\n]* " + rank + "\\.0")
          .containsPattern("(?m)^millrace_group_slowest[^\\n]* [0-9]")
          .containsPattern("(?m)^millrace_group_compute[^\\n]* [0-9]")
          .containsPattern("(?m)^millrace_group_wait[^\\n]* [0-9]");
    }
  }

  private static JsonNode told(String page) throws Exception {
    return new ObjectMapper().readTree(get(page + "api/status")).path("learner").path("group");
  }

  private static String get(String url) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** Starts the broker's port and data anew, as a process of its own. */
  private void startBroker() throws IOException {
    var command = java(256);
    String[] address = broker.bootstrapServers().split(":");
    command.addAll(
        List.of("broker", "--data-dir", dir.resolve("broker").toString(), "--port", address[1]));
    brokerProcess =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(dir.resolve("broker.log").toFile()))
            .start();
  }

  /** Lets the shared folder be another one, from one moment to the next. */
  private void share(Path other) throws IOException {
    Path link = Files.createSymbolicLink(dir.resolve("next"), other);
    Files.move(link, shared, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Waits until all is applied, ends who is left, and reads what the last checkpoint says. */
  private void requireLedger() throws Exception {
    group.awaitApplied(published);
    group.stop();
    group.awaitEnd(0, 128 + 15);
    Checkpoint end = group.restored();
    assertThat(end.progress().counters().applied()).isEqualTo(published);
    assertThat(end.progress().counters().duplicates()).isZero();
    assertThat(end.progress().counters().gaps()).isZero();
    assertThat(end.offered()).isEqualTo(published);
    assertThat(new TreeSet<>(end.replay().stream().map(ReplayEntry::id).toList()))
        .isEqualTo(new TreeSet<>(ImageTopics.ids(0, published)));
  }

  private void publish() {
    for (int to = published + EACH; published < to; published += 10) {
      var images = new TreeMap<String, byte[]>();
      for (int i = published; i < published + 10; i++) {
        images.put(ImageTopics.ids(i, i + 1).get(0), jpeg(i));
      }
      cluster.accept(images);
    }
  }

  private static byte[] jpeg(int number) {
    byte[] rgb = new byte[SIDE * SIDE * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (number * 37 + i * (number % 7 + 1) + (i / 48) * (number % 11));
    }
    return EncodedImages.jpeg(new PixelImage(SIDE, SIDE, rgb), 0.9f);
  }

  private static List<String> java(int heap) {
    List<String> command = TestJvm.command(heap);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    return command;
  }

  /**
   * @param settings KEY=VALUE, which win over what all have
   */
  private void start(String name, String... settings) throws IOException {
    var command = java(384);
    command.addAll(List.of("run", "--roles", "learner"));
    Stream.of(
            "http.port=0",
            "dataDir=" + dir.resolve(name),
            "kafka.bootstrapServers=" + broker.bootstrapServers(),
            "kafka.topicPrefix=" + cluster.topics.prefix(),
            "engine.device=cpu",
            "engine.precision=float32",
            "engine.threads=1",
            "model.backbone.width=0.125",
            "model.preprocessing.size=16",
            "methods.byol.firstView.size=16",
            "methods.byol.secondView.size=16",
            "methods.byol.projectorHidden=16",
            "methods.byol.projection=8",
            "methods.byol.predictorHidden=16",
            "learner.model=" + MODEL,
            "learner.batchSize=8",
            "learner.shards=4",
            "learner.updatesPerBatch=2",
            "learner.idle=rest",
            "learner.batchWait=100ms",
            "learner.replay.images=10000",
            "learner.checkpoint.everySteps=0",
            "learner.checkpoint.everySeconds=1",
            "learner.release.warmUpSteps=1000000",
            "learner.monitor.everySteps=20",
            "learner.monitor.referenceImages=16",
            "learner.monitor.windowImages=16",
            "learner.group.maxSize=3",
            "learner.group.timeout=" + TIMEOUT.toSeconds() + "s",
            "learner.group.sharedDir=" + shared)
        .forEach(setting -> command.addAll(List.of("--set", setting)));
    List.of(settings).forEach(setting -> command.addAll(List.of("--set", setting)));
    var builder = new ProcessBuilder(command);
    builder.environment().put("POD_NAME", name); // the member's id begins with it
    group.start(name, builder);
  }
}
