package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.EncodedImages;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.it.ImageTopics;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.release.KafkaWriterLease;
import io.millrace.learner.replay.ReplayEntry;
import io.millrace.ops.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes of the learner's role that compute one model together, by gloo, while images flow and
 * processes or the shared folder go. What each image came to is read from replay, which keeps them
 * all: one that was applied twice, or never, shows in the number of offers.
 */
@Timeout(900)
class LearnerGroupTest {
  private static final String MODEL = "group";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** What a busy machine adds to the group's own timeout. */
  private static final Duration PATIENCE = TIMEOUT.plusSeconds(170);

  private static final int EACH = 40;
  private static final int SIDE = 16;

  @TempDir Path dir;
  private final Map<String, Process> processes = new LinkedHashMap<>();
  private final List<String> killed = new ArrayList<>();
  private EmbeddedBroker broker;
  private ImageTopics cluster;
  private Path shared;
  private int published;

  @BeforeEach
  void begin() throws IOException {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
    cluster = new ImageTopics(broker);
    shared = dir.resolve("shared");
    Files.createDirectories(dir.resolve("folder"));
    Files.createSymbolicLink(shared, dir.resolve("folder"));
  }

  @AfterEach
  void end() {
    processes.values().forEach(Process::destroyForcibly);
    cluster.close();
    broker.close();
  }

  @Test
  void everyImageIsAppliedOnceThoughRanksAreKilledAndStopped() throws Exception {
    publish();
    for (String name : List.of("a", "b", "c")) {
      start(name);
    }
    Generation three = awaitGroup(g -> g.members().size() == 3);
    publish();
    awaitCheckpoint(three);

    publish();
    kill(three.members().get(2));
    Generation two = awaitGroup(g -> g.members().size() == 2 && g.epoch() > three.epoch());
    assertThat(two.leader()).as("the leader stays").isEqualTo(three.leader());
    publish();
    awaitCheckpoint(two);

    // The leader stands still: the other is blocked in a collective until that gives up.
    String zombie = nameOf(two.leader());
    publish();
    signal("STOP", zombie);
    Generation without = awaitGroup(g -> !names(g).contains(zombie));
    publish();
    awaitCheckpoint(without);
    signal("CONT", zombie);
    Generation again = awaitGroup(g -> names(g).contains(zombie));
    assertThat(again.leader()).as("it does not lead").isEqualTo(without.leader());
    assertThat(again.members()).as("it is a new member").doesNotContain(two.leader());
    publish();
    awaitCheckpoint(again);

    publish();
    kill(again.leader());
    Generation last = awaitGroup(g -> g.epoch() > again.epoch() && !g.equals(again));
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
    Generation two = awaitGroup(g -> g.members().size() == 2);
    publish();
    awaitCheckpoint(two);

    share(Files.createFile(dir.resolve("no-folder"))); // whatever asks for something in it fails
    publish();
    await().atMost(PATIENCE).until(() -> anyLog("could not save a checkpoint"));
    kill(two.leader());
    await().atMost(PATIENCE).until(() -> anyLog("it is tried again"));
    publish();
    share(dir.resolve("folder"));

    Generation one = awaitGroup(g -> g.members().size() == 1 && g.epoch() > two.epoch());
    awaitCheckpoint(one);
    requireLedger();
  }

  /** Lets the shared folder be another one, from one moment to the next. */
  private void share(Path other) throws IOException {
    Path link = Files.createSymbolicLink(dir.resolve("next"), other);
    Files.move(link, shared, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Waits until all is applied, ends who is left, and reads what the last checkpoint says. */
  private void requireLedger() throws Exception {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              requireWell();
              return restored().progress().counters().applied() >= published;
            });
    for (Map.Entry<String, Process> left : processes.entrySet()) {
      if (!killed.contains(left.getKey())) {
        left.getValue().destroy();
        assertThat(left.getValue().waitFor(90, TimeUnit.SECONDS)).as(log(left.getKey())).isTrue();
        assertThat(left.getValue().exitValue()).as(log(left.getKey())).isIn(0, 128 + 15);
      }
    }
    Checkpoint end = restored();
    assertThat(end.progress().counters().applied()).isEqualTo(published);
    assertThat(end.progress().counters().duplicates()).isZero();
    assertThat(end.progress().counters().gaps()).isZero();
    assertThat(end.offered()).isEqualTo(published);
    assertThat(new TreeSet<>(end.replay().stream().map(ReplayEntry::id).toList()))
        .isEqualTo(new TreeSet<>(ImageTopics.ids(0, published)));
  }

  private Checkpoint restored() throws IOException {
    return CheckpointStore.open(shared.resolve("checkpoints"), 3).restore(lease()).orElseThrow();
  }

  private Generation awaitGroup(Predicate<Generation> wanted) {
    var found = new Generation[1];
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              requireWell();
              found[0] = lease().inForce().filter(wanted).orElse(null);
              return found[0] != null;
            });
    return found[0];
  }

  /** Waits until a generation, or one after it, has learned on. */
  private void awaitCheckpoint(Generation by) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              requireWell();
              return CheckpointStore.open(shared.resolve("checkpoints"), 3).highestEpoch()
                  >= by.epoch();
            });
  }

  /** Only those end that were killed. */
  private void requireWell() throws IOException {
    for (Map.Entry<String, Process> p : processes.entrySet()) {
      if (!killed.contains(p.getKey())) {
        assertThat(p.getValue().isAlive()).as(log(p.getKey())).isTrue();
      }
    }
  }

  private Lineage lease() {
    try (var lease =
        new KafkaWriterLease(
            cluster.client, cluster.topics.learnerLease(), MODEL, InstantSource.system())) {
      return lease.look();
    }
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

  private void start(String name) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "run",
                "--roles",
                "learner"));
    Stream.of(
            "http.port=0",
            "dataDir=" + dir.resolve(name),
            "kafka.bootstrapServers=" + broker.bootstrapServers(),
            "kafka.topicPrefix=" + cluster.topics.prefix(),
            "engine.device=cpu",
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
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve(name + ".log").toFile());
    builder.environment().put("POD_NAME", name); // the member's id begins with it
    processes.put(name, builder.start());
  }

  private void kill(String member) throws Exception {
    killed.add(nameOf(member));
    signal("KILL", nameOf(member));
  }

  private void signal(String signal, String name) throws Exception {
    long pid = processes.get(name).pid();
    int rc = new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
    assertThat(rc).isZero();
  }

  private static List<String> names(Generation generation) {
    return generation.members().stream().map(LearnerGroupTest::nameOf).toList();
  }

  private static String nameOf(String member) {
    return member.substring(0, member.indexOf('-'));
  }

  private boolean anyLog(String text) throws IOException {
    for (String name : processes.keySet()) {
      if (log(name).contains(text)) {
        return true;
      }
    }
    return false;
  }

  private String log(String name) throws IOException {
    return name + ": " + Files.readString(dir.resolve(name + ".log"));
  }
}
