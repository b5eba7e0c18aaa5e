package io.millrace.learner.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.it.ImageTopics;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.release.KafkaWriterLease;
import io.millrace.testing.TopicContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Learner processes that learn one model, killed, stopped and woken while images flow. */
@Timeout(180)
class GroupKillTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(6);

  /** What a busy machine adds to the group's own timeout, starts of a JVM among it. */
  private static final Duration PATIENCE = TIMEOUT.plusSeconds(30);

  private static final int IMAGES_EACH = 120;
  private static final int PARTS = 6;

  @TempDir Path dir;
  private final Map<String, Process> processes = new LinkedHashMap<>();
  private EmbeddedBroker broker;
  private ImageTopics cluster;
  private Path store;

  @BeforeEach
  void begin() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
    cluster = new ImageTopics(broker);
    store = dir.resolve("shared/checkpoints");
  }

  @AfterEach
  void end() {
    processes.values().forEach(Process::destroyForcibly);
    cluster.close();
    broker.close();
  }

  @Test
  void everyImageIsAppliedOnceThroughTheLossOfFollowersAndLeaders() throws Exception {
    publish(0);
    for (String name : List.of("a", "b", "c")) {
      start(name);
    }
    Generation all = awaitGroup(g -> g.members().size() == 3);
    awaitCheckpoint(all);

    signal("KILL", nameOf(all.members().get(2)));
    publish(1);
    Generation two = awaitGroup(g -> g.members().size() == 2);
    assertThat(two.leader()).as("the leader stays").isEqualTo(all.leader());
    awaitCheckpoint(two);

    start("d");
    Generation joined = awaitGroup(g -> hosts(g).contains("d"));
    publish(2);
    awaitCheckpoint(joined);

    // The leader stands still, beyond the group's patience; then it is woken.
    String zombie = nameOf(joined.leader());
    signal("STOP", zombie);
    publish(3);
    Generation without = awaitGroup(g -> !hosts(g).contains(zombie));
    awaitCheckpoint(without);
    signal("CONT", zombie);
    Generation again = awaitGroup(g -> hosts(g).contains(zombie));
    assertThat(again.leader()).as("it does not lead").isEqualTo(without.leader());
    assertThat(again.members()).as("it is a new member").doesNotContain(joined.leader());
    publish(4);
    awaitCheckpoint(again);

    String leader = nameOf(again.leader());
    signal("KILL", leader);
    publish(5);
    Generation last = awaitGroup(g -> !hosts(g).contains(leader) && g.epoch() > again.epoch());
    awaitCheckpoint(last);

    for (Map.Entry<String, Process> left : processes.entrySet()) {
      if (!List.of(leader, nameOf(all.members().get(2))).contains(left.getKey())) {
        assertThat(left.getValue().waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(left.getValue().exitValue()).as(log(left.getKey())).isZero();
      }
    }
    requireLedger();
    try (var files = Files.list(dir.resolve("shared"))) {
      assertThat(files.map(f -> f.getFileName().toString())).contains("checkpoints", "rendezvous");
    }
  }

  private void requireLedger() throws IOException {
    int total = PARTS * IMAGES_EACH;
    Checkpoint end = CheckpointStore.open(store, 3).restore(lease()).orElseThrow();
    var expected = new TreeSet<String>();
    ImageTopics.ids(0, total).forEach(id -> expected.add(LedgerLearner.SEEN + id));
    assertThat(end.state().counters().keySet()).isEqualTo(expected);
    assertThat(end.progress().counters().applied()).isEqualTo(total);
    assertThat(end.progress().counters().gaps()).isZero();
    assertThat(end.progress().counters().records())
        .isEqualTo(TopicContent.records(cluster.client, cluster.topics.imagesAccepted()).size());
    assertThat(end.offered()).isEqualTo(total);
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
              return CheckpointStore.open(store, 3).highestEpoch() >= by.epoch();
            });
  }

  /** A process that ended by itself has failed, but for those that were killed. */
  private void requireWell() throws IOException {
    for (Map.Entry<String, Process> p : processes.entrySet()) {
      if (!p.getValue().isAlive()) {
        assertThat(p.getValue().exitValue()).as(log(p.getKey())).isIn(0, 128 + 9);
      }
    }
  }

  private Lineage lease() {
    try (var lease =
        new KafkaWriterLease(
            cluster.client,
            cluster.topics.learnerLease(),
            LedgerLearner.MODEL,
            InstantSource.system())) {
      return lease.look();
    }
  }

  private void publish(int part) {
    int from = part * IMAGES_EACH;
    for (int i = from; i < from + IMAGES_EACH; i += 10) {
      cluster.acceptThenAbort(ImageTopics.ids(i, i + 3)); // leaves gaps in the offsets
      cluster.accept(ImageTopics.ids(i, i + 10));
    }
  }

  private static List<String> hosts(Generation generation) {
    return generation.members().stream().map(GroupKillTest::nameOf).toList();
  }

  private static String nameOf(String member) {
    return member.substring(0, member.indexOf('-'));
  }

  private void start(String name) throws IOException {
    processes.put(
        name,
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                GroupLearner.class.getName(),
                broker.bootstrapServers(),
                cluster.topics.prefix(),
                store.toString(),
                Integer.toString(PARTS * IMAGES_EACH),
                name,
                Long.toString(TIMEOUT.toMillis()))
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve(name + ".log").toFile())
            .start());
  }

  private void signal(String signal, String name) throws Exception {
    long pid = processes.get(name).pid();
    int rc = new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
    assertThat(rc).isZero();
  }

  private String log(String name) throws IOException {
    return name + ": " + Files.readString(dir.resolve(name + ".log"));
  }
}
