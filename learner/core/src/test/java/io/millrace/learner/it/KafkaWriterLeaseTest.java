package io.millrace.learner.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.it.ImageTopics;
import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.WriterLease;
import io.millrace.learner.release.KafkaWriterLease;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lease on a real broker. */
class KafkaWriterLeaseTest {
  @TempDir static Path dir;
  private static EmbeddedBroker broker;
  private static ImageTopics cluster;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
    cluster = new ImageTopics(broker);
  }

  @AfterAll
  static void stop() {
    cluster.close();
    broker.close();
  }

  private static WriterLease lease(String model) {
    return new KafkaWriterLease(
        cluster.client, cluster.topics.learnerLease(), model, InstantSource.system());
  }

  @Test
  void theOlderHolderIsFencedAndItsAdoptionsAreKnownToTheNewer() {
    var restored = new CheckpointName(1, 40);
    try (WriterLease older = lease("a");
        WriterLease newer = lease("a");
        WriterLease third = lease("a")) {
      assertThat(older.acquire(0)).isEqualTo(new Lineage(1, java.util.List.of()));
      older.adopt("store", null);
      older.confirm(40);

      Lineage lineage = newer.acquire(1);
      assertThat(lineage.epoch()).isEqualTo(2);
      assertThat(lineage.adoptions()).containsExactly(new Lineage.Adoption(1, "store", null));
      assertThatThrownBy(() -> older.confirm(41))
          .isInstanceOf(FencedException.class)
          .hasMessageContaining("model a was taken over by another learner: this one (epoch 1)");
      assertThatThrownBy(() -> older.confirm(42)).isInstanceOf(FencedException.class);
      assertThatThrownBy(() -> older.adopt("store", null)).isInstanceOf(FencedException.class);
      newer.adopt("store", restored);
      newer.confirm(50);

      Lineage last = third.acquire(2);
      assertThat(last.epoch()).isEqualTo(3);
      assertThat(last.adoptions())
          .containsExactly(
              new Lineage.Adoption(1, "store", null), new Lineage.Adoption(2, "store", restored));
      assertThat(last.admits("store", new CheckpointName(1, 41))).isFalse();
      assertThat(last.admits("store", restored)).isTrue();
    }
  }

  @Test
  void theEpochIsAboveEveryOneOnDiskAndModelsAreApart() {
    try (WriterLease one = lease("b");
        WriterLease other = lease("c")) {
      assertThat(one.acquire(17).epoch()).isEqualTo(18);
      assertThat(other.acquire(0).epoch()).isEqualTo(1);
      one.confirm(1);
      other.confirm(1);
    }
    try (WriterLease again = lease("b")) {
      assertThat(again.acquire(0).epoch()).isEqualTo(19);
    }
  }

  @Test
  void aGroupIsOnRecordUntilTheNextEpochAndItsNumberStays() {
    try (WriterLease older = lease("g");
        WriterLease newer = lease("g")) {
      assertThat(older.acquire(0).nextGeneration()).isEqualTo(1);
      var group = new Generation(1, 1, List.of("a", "b"), "g-1");
      older.form(group);
      older.confirm(3);
      assertThat(newer.look().inForce()).contains(group);
      assertThat(newer.look().step()).isEqualTo(3);

      Lineage taken = newer.acquire(0);
      assertThat(taken.inForce()).as("formed under an epoch before").isEmpty();
      assertThat(taken.nextGeneration()).isEqualTo(2);
      assertThatThrownBy(() -> older.form(new Generation(1, 2, List.of("a"), "g-1")))
          .isInstanceOf(FencedException.class);
      assertThat(newer.look().inForce()).isEmpty();
    }
  }

  @Test
  void aTopicMadeAgainIsWrittenByTheNextCheckpointAndNobodyIsFenced() throws Exception {
    var restored = new CheckpointName(1, 40);
    try (WriterLease lease = lease("e")) {
      long epoch = lease.acquire(4).epoch();
      lease.adopt("store", restored);
      lease.confirm(41);
      cluster.remake(cluster.topics.learnerLease());
      // A first attempt may find the broker without the producer's state.
      await()
          .atMost(Duration.ofMinutes(1))
          .ignoreExceptionsInstanceOf(KafkaException.class)
          .until(
              () -> {
                lease.confirm(42);
                return true;
              });
      try (WriterLease other = lease("e")) {
        Lineage there = other.look();
        assertThat(there.epoch()).isEqualTo(epoch);
        assertThat(there.step()).isEqualTo(42);
        assertThat(there.adoptions())
            .containsExactly(new Lineage.Adoption(epoch, "store", restored));
      }
    }
  }

  @Test
  void aLeaseNotAcquiredConfirmsNothing() {
    try (WriterLease lease = lease("d")) {
      assertThatThrownBy(() -> lease.confirm(1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was not acquired");
    }
  }
}
