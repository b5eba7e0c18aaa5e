package io.millrace.learner.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.feed.MemoryImageFeed;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.loop.LearnerLoop;
import io.millrace.learner.loop.LearnerState;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.release.KafkaWriterLease;
import io.millrace.serving.it.ServingCluster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two learners started on one model, the lease on a real broker. */
@Timeout(120)
class TwoLearnersTest {
  private static final int IMAGES = 1200;

  @TempDir Path dir;

  private static MemoryImageFeed log() {
    var feed = new MemoryImageFeed();
    for (int i = 0; i < IMAGES; i++) {
      feed.append("i" + i, ("image " + i).getBytes(StandardCharsets.UTF_8));
    }
    return feed;
  }

  @Test
  void theOlderIsFencedAndExitsAndWhatItLeftBehindIsNotRestored() throws Exception {
    Path store = dir.resolve("checkpoints");
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
        ServingCluster cluster = new ServingCluster(broker)) {
      LearnerLoop older = LedgerLearner.learner(cluster.client, cluster.topics, log(), store);
      CompletableFuture<Void> olderRun = CompletableFuture.runAsync(older::run);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> olderRun.isDone() || older.status().checkpoints() > 1);

      LearnerLoop newer = LedgerLearner.learner(cluster.client, cluster.topics, log(), store);
      CompletableFuture<Void> newerRun = CompletableFuture.runAsync(newer::run);
      assertThatThrownBy(() -> olderRun.get(60, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(FencedException.class);
      LearnerStatus fenced = older.status();
      assertThat(fenced.state()).isEqualTo(LearnerState.FAILED);
      assertThat(fenced.applied()).isLessThan(IMAGES);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> newerRun.isDone() || newer.status().caughtUpTo() != null);
      newer.requestStop();
      newerRun.get(60, TimeUnit.SECONDS);
      assertThat(newer.status().applied()).isEqualTo(IMAGES);

      CheckpointStore checkpoints = CheckpointStore.open(store, 3);
      try (var third =
          new KafkaWriterLease(
              cluster.client,
              cluster.topics.learnerLease(),
              LedgerLearner.MODEL,
              InstantSource.system())) {
        Lineage lineage = third.acquire(checkpoints.highestEpoch());
        Checkpoint restored = checkpoints.restore(lineage).orElseThrow();
        assertThat(restored.name().epoch()).isEqualTo(newer.status().epoch()).isEqualTo(2);
        assertThat(restored.progress().applied()).isEqualTo(IMAGES);
        // What the older would have saved at its end, had the rename been under way.
        assertThat(lineage.admits(checkpoints.id(), new CheckpointName(1, fenced.step())))
            .isFalse();
        assertThat(lineage.admits(checkpoints.id(), restored.name())).isTrue();
      }
    }
  }
}
