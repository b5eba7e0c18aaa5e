package io.millrace.learner.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.it.ImageTopics;
import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.WriterLease;
import io.millrace.learner.group.GroupBackend;
import io.millrace.learner.membership.GroupRunner;
import io.millrace.learner.membership.GroupSettings;
import io.millrace.learner.membership.Identity;
import io.millrace.learner.release.KafkaGroupLog;
import io.millrace.learner.release.KafkaWriterLease;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A leader that was killed between the begin and the commit of a lease transaction. */
@Timeout(120)
class OpenTransactionTest {
  private static final String MODEL = "killed";
  private static final Duration TIMEOUT = Duration.ofSeconds(6);

  /** Far below what the broker gives the open transaction. */
  private static final int PATIENCE_SECONDS = 40;

  @TempDir Path dir;

  @Test
  void whoTakesOverDoesNotWaitForTheBrokerToAbortIt() throws Exception {
    try (var broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
        var cluster = new ImageTopics(broker)) {
      String topic = cluster.topics.learnerLease();
      try (WriterLease before = lease(cluster)) {
        before.acquire(0);
        before.adopt("store", new CheckpointName(1, 7));
      }
      var config = new HashMap<>(cluster.client);
      config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "millrace-learner-" + topic + "-" + MODEL);
      config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 120_000);
      try (var killed =
          new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer())) {
        killed.initTransactions();
        killed.beginTransaction();
        killed.send(new ProducerRecord<>(topic, MODEL, new byte[] {'{'})).get();

        Lineage found = takeOver(cluster);
        assertThat(found.epoch()).isEqualTo(2);
        assertThat(found.step()).as("what was learned before").isEqualTo(7);
        assertThat(found.inForce().map(Generation::number)).contains(1L);
        killed.close(Duration.ZERO);
      }
    }
  }

  /** The lease as the work of the next leader finds it. */
  private Lineage takeOver(ImageTopics cluster) throws Exception {
    var settings = new GroupSettings(1, 2, TIMEOUT, "", "", GroupBackend.GLOO);
    var found = new CompletableFuture<Lineage>();
    var runner =
        new GroupRunner(
            settings,
            new Identity(MODEL, "next", 2, "same", InstantSource.system()),
            KafkaGroupLog.open(
                cluster.client,
                cluster.topics.learnerMembers(),
                cluster.topics.learnerLease(),
                settings),
            () -> lease(cluster),
            () -> 0L,
            dir.resolve("rendezvous"),
            (generation, rank, lease, control) -> found.complete(lease.look()),
            view -> {});
    CompletableFuture<Void> run =
        CompletableFuture.runAsync(
            () -> {
              try {
                runner.run();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    try {
      return found.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } finally {
      runner.requestStop();
      run.get(60, TimeUnit.SECONDS);
    }
  }

  private static WriterLease lease(ImageTopics cluster) {
    return new KafkaWriterLease(
        cluster.client, cluster.topics.learnerLease(), MODEL, InstantSource.system());
  }
}
