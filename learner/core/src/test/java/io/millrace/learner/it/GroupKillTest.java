package io.millrace.learner.it;

import static io.millrace.learner.it.GroupProcesses.nameOf;
import static io.millrace.learner.it.GroupProcesses.names;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.it.ImageTopics;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.testing.TestJvm;
import io.millrace.testing.TopicContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Learner processes that learn one model, killed, stopped and woken while images flow. */
@Timeout(900)
class GroupKillTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(6);

  /** What a busy machine adds to the group's own timeout, starts of a JVM among it. */
  private static final Duration PATIENCE = TIMEOUT.plusSeconds(150);

  private static final int IMAGES_EACH = 60;
  private static final int PARTS = 10;

  @TempDir Path dir;
  private EmbeddedBroker broker;
  private ImageTopics cluster;
  private Path store;
  private GroupProcesses group;
  private int published;

  @BeforeEach
  void begin() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
    cluster = new ImageTopics(broker);
    store = dir.resolve("shared/checkpoints");
    group = new GroupProcesses(cluster, LedgerLearner.MODEL, store, dir, PATIENCE);
  }

  @AfterEach
  void end() {
    group.close();
    cluster.close();
    broker.close();
  }

  @Test
  void everyImageIsAppliedOnceThroughTheLossOfFollowersAndLeaders() throws Exception {
    publish();
    for (String name : List.of("a", "b", "c")) {
      start(name);
    }
    Generation all = group.awaitGroup(g -> g.members().size() == 3);
    learnsOn(all);

    group.kill(all.members().get(2));
    publish();
    Generation two = group.awaitGroup(g -> g.members().size() == 2 && g.epoch() > all.epoch());
    assertThat(two.leader()).as("the leader stays").isEqualTo(all.leader());
    learnsOn(two);

    start("d");
    Generation joined = group.awaitGroup(g -> names(g).contains("d"));
    learnsOn(joined);

    // The leader stands still, beyond the group's patience; then it is woken.
    String zombie = nameOf(joined.leader());
    group.signal("STOP", zombie);
    publish();
    Generation without = group.awaitGroup(g -> !names(g).contains(zombie));
    learnsOn(without);
    group.signal("CONT", zombie);
    Generation again = group.awaitGroup(g -> names(g).contains(zombie));
    assertThat(again.leader()).as("it does not lead").isEqualTo(without.leader());
    assertThat(again.members()).as("it is a new member").doesNotContain(joined.leader());
    learnsOn(again);

    String leader = nameOf(again.leader());
    group.kill(again.leader());
    group.mayEnd();
    publish();
    Generation last =
        group.awaitGroup(g -> !names(g).contains(leader) && g.epoch() > again.epoch());
    learnsOn(last);

    group.awaitEnd(0);
    requireLedger();
    try (var files = Files.list(dir.resolve("shared"))) {
      assertThat(files.map(f -> f.getFileName().toString())).contains("checkpoints", "rendezvous");
    }
  }

  /**
   * Publishes for a generation in force and waits for its checkpoint. What was published before it
   * may all be learned before it: then it would have nothing to save.
   */
  private void learnsOn(Generation inForce) {
    publish();
    group.awaitCheckpoint(inForce);
  }

  private void requireLedger() throws IOException {
    int total = PARTS * IMAGES_EACH;
    assertThat(published).as("the processes end by it").isEqualTo(total);
    Checkpoint end = group.restored();
    var expected = new TreeSet<String>();
    ImageTopics.ids(0, total).forEach(id -> expected.add(LedgerLearner.SEEN + id));
    assertThat(end.state().counters().keySet()).isEqualTo(expected);
    assertThat(end.progress().counters().applied()).isEqualTo(total);
    assertThat(end.progress().counters().gaps()).isZero();
    assertThat(end.progress().counters().records())
        .isEqualTo(TopicContent.records(cluster.client, cluster.topics.imagesAccepted()).size());
    assertThat(end.offered()).isEqualTo(total);
  }

  private void publish() {
    for (int to = published + IMAGES_EACH; published < to; published += 10) {
      // leaves gaps in the offsets
      cluster.acceptThenAbort(ImageTopics.ids(published, published + 3));
      cluster.accept(ImageTopics.ids(published, published + 10));
    }
  }

  private void start(String name) throws IOException {
    List<String> command = TestJvm.command(256);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            GroupLearner.class.getName(),
            broker.bootstrapServers(),
            cluster.topics.prefix(),
            store.toString(),
            Integer.toString(PARTS * IMAGES_EACH),
            name,
            Long.toString(TIMEOUT.toMillis())));
    group.start(name, new ProcessBuilder(command));
  }
}
