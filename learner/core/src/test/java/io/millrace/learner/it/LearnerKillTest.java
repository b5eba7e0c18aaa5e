package io.millrace.learner.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.it.ImageTopics;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.testing.TestJvm;
import io.millrace.testing.TopicContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A learner process killed with SIGKILL again and again while images flow. */
@Timeout(180)
class LearnerKillTest {
  private static final int KILLS = 4;
  private static final int IMAGES_EACH = 120;

  @TempDir Path dir;

  @Test
  void everyAcceptedImageIsTakenInOnceHoweverOftenTheLearnerIsKilled() throws Exception {
    Path store = dir.resolve("checkpoints");
    int total = (KILLS + 1) * IMAGES_EACH;
    long records;
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
        ImageTopics cluster = new ImageTopics(broker)) {
      for (int life = 0; life < KILLS; life++) {
        int number = life;
        Process learner = start(broker, cluster, store, total, life);
        try {
          publish(cluster, life);
          int saved = 1 + life;
          CheckpointName before = newest(store);
          await()
              .atMost(Duration.ofSeconds(60))
              .pollInterval(Duration.ofMillis(3L + 7 * life))
              .until(
                  () -> {
                    assertThat(learner.isAlive()).as(log(number)).isTrue();
                    CheckpointName now = newest(store);
                    return now.epoch() == saved && now.step() > before.step() + 1;
                  });
        } finally {
          learner.destroyForcibly(); // SIGKILL
          assertThat(learner.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(learner.exitValue()).isEqualTo(128 + 9);
      }
      publish(cluster, KILLS);
      records = TopicContent.records(cluster.client, cluster.topics.imagesAccepted()).size();
      Process last = start(broker, cluster, store, total, KILLS);
      try {
        assertThat(last.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(last.exitValue()).as(log(KILLS)).isZero();
      } finally {
        last.destroyForcibly();
      }
    }

    Checkpoint end =
        CheckpointStore.open(store, 3).restore(new Lineage(999, List.of())).orElseThrow();
    assertThat(end.name().epoch()).isEqualTo(KILLS + 1);
    var expected = new TreeMap<String, Long>();
    ImageTopics.ids(0, total).forEach(id -> expected.put(LedgerLearner.SEEN + id, 1L));
    // The ledger has every image; a batch that was not full was filled up from replay, so an image
    // may stand in it more than once, but the count of images consumed says that none was twice.
    Map<String, Long> ledger = end.state().counters();
    assertThat(ledger.keySet()).isEqualTo(expected.keySet());
    assertThat(end.progress().counters().applied()).isEqualTo(total);
    assertThat(end.progress().counters().duplicates()).isEqualTo(KILLS + 1);
    assertThat(end.progress().counters().forgotten()).isEqualTo(2 * (KILLS + 1));
    assertThat(end.progress().counters().gaps()).isZero();
    assertThat(end.progress().counters().records()).isEqualTo(records);
    assertThat(end.offered()).isEqualTo(total);
  }

  private static void publish(ImageTopics cluster, int life) {
    int from = life * IMAGES_EACH;
    for (int i = from; i < from + IMAGES_EACH; i += 10) {
      cluster.acceptThenAbort(ImageTopics.ids(i, i + 3)); // leaves gaps in the offsets
      cluster.accept(ImageTopics.ids(i, i + 10));
    }
    // The counters add up to the log with these too: the same bytes again, and ids nobody knows.
    cluster.accept(ImageTopics.ids(from, from + 1));
    cluster.forget("unknown");
    cluster.forget("unknown");
  }

  private Process start(
      EmbeddedBroker broker, ImageTopics cluster, Path store, int images, int life)
      throws IOException {
    List<String> command = TestJvm.command(256);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            LedgerLearner.class.getName(),
            broker.bootstrapServers(),
            cluster.topics.prefix(),
            store.toString(),
            Integer.toString(images)));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve("life" + life + ".log").toFile())
        .start();
  }

  private String log(int life) throws IOException {
    return Files.readString(dir.resolve("life" + life + ".log"));
  }

  private static CheckpointName newest(Path store) throws IOException {
    var none = new CheckpointName(0, 0);
    if (!Files.isDirectory(store)) {
      return none;
    }
    try (var list = Files.list(store)) {
      return list.map(path -> path.getFileName().toString())
          .filter(name -> name.matches("checkpoint-\\d{10}-\\d{15}"))
          .map(
              name ->
                  new CheckpointName(
                      Long.parseLong(name.substring(11, 21)), Long.parseLong(name.substring(22))))
          .max(CheckpointName::compareTo)
          .orElse(none);
    }
  }
}
