package io.millrace.learner.release;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.checkpoint.Lineage;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** What the lease does when a broker does not answer; the rest is tested on a real broker. */
class KafkaWriterLeaseFailuresTest {
  private final List<Scripted> producers = new ArrayList<>();
  private int silences;
  private int cutOff;
  private Lineage newest = new Lineage(4, List.of());

  /** Answers a commit only after so many silences, and refuses an abort after one. */
  private final class Scripted extends MockProducer<String, byte[]> {
    private boolean asked;

    @Override
    public void initTransactions() {
      super.initTransactions();
      if (cutOff > 0) {
        cutOff--;
        fenceProducer();
      }
    }

    Scripted() {
      super(true, null, new StringSerializer(), new ByteArraySerializer());
    }

    @Override
    public void commitTransaction() {
      asked = true;
      if (silences > 0) {
        silences--;
        throw new TimeoutException("no answer");
      }
      super.commitTransaction();
      asked = false;
    }

    @Override
    public void abortTransaction() {
      assertThat(asked).as("an abort after a commit without an answer").isFalse();
      super.abortTransaction();
    }
  }

  private KafkaWriterLease acquired() {
    var lease =
        new KafkaWriterLease(
            Map.of(), "lease", "m", InstantSource.system(), config -> producer(), () -> newest);
    assertThat(lease.acquire(0).epoch()).isEqualTo(5);
    newest = new Lineage(5, List.of());
    return lease;
  }

  private Producer<String, byte[]> producer() {
    producers.add(new Scripted());
    return producers.get(producers.size() - 1);
  }

  @Test
  void aCommitWithoutAnAnswerIsAskedForAgain() {
    try (var lease = acquired()) {
      silences = 2;
      lease.confirm(1);
      assertThat(silences).isZero();
      assertThat(producers).hasSize(1);
      assertThat(producers.get(0).history()).hasSize(2);
    }
  }

  /** As the broker does where a process was stopped for a minute inside its transaction. */
  @Test
  void aTransactionThatTheBrokerCutOffIsTriedAgainUnderTheSameEpoch() {
    try (var lease = acquired()) {
      producers.get(0).fenceProducer();
      lease.confirm(1);
      assertThat(producers).hasSize(2);
      assertThat(producers.get(0).closed()).isTrue();
      assertThat(new String(producers.get(1).history().get(0).value(), UTF_8))
          .contains("\"epoch\":5");
      lease.confirm(2);
    }
  }

  @Test
  void oneThatIsCutOffEachTimeIsNoTakeover() {
    try (var lease = acquired()) {
      producers.get(0).fenceProducer();
      cutOff = 5;
      assertThatThrownBy(() -> lease.confirm(1))
          .isNotInstanceOf(FencedException.class)
          .hasMessageContaining("no other learner took over");
      cutOff = 0;
      lease.confirm(1);
    }
  }

  @Test
  void oneThatIsCutOffByALearnerThatTookOverIsFenced() {
    try (var lease = acquired()) {
      producers.get(0).fenceProducer();
      newest = new Lineage(6, List.of());
      assertThatThrownBy(() -> lease.confirm(1)).isInstanceOf(FencedException.class);
      assertThat(producers).as("none was opened").hasSize(1);
    }
  }

  @Test
  void aProducerWhoseCommitStaysOpenIsReplacedAtTheNextAttempt() {
    try (var lease = acquired()) {
      silences = 3;
      assertThatThrownBy(() -> lease.confirm(1)).isInstanceOf(TimeoutException.class);
      assertThat(producers.get(0).closed()).isTrue();
      lease.confirm(1);
      assertThat(producers).hasSize(2);
      assertThat(producers.get(1).history()).hasSize(1);
    }
  }

  @Test
  void aLearnerThatTookOverMeanwhileIsNotFencedByTheOneThatComesBack() {
    try (var lease = acquired()) {
      silences = 3;
      assertThatThrownBy(() -> lease.confirm(1)).isInstanceOf(TimeoutException.class);
      newest = new Lineage(6, List.of());
      assertThatThrownBy(() -> lease.confirm(1)).isInstanceOf(FencedException.class);
      assertThatThrownBy(() -> lease.confirm(2)).isInstanceOf(FencedException.class);
      assertThat(producers).as("none was opened").hasSize(1);
    }
  }

  /** Written by the build of commit c931c3b, as the topic holds it. */
  @Test
  void theLeaseOfAnEarlierBuildIsUnderstood() throws Exception {
    byte[] json;
    try (var in = getClass().getResourceAsStream("/kafka-records/lease.json")) {
      json = java.util.Objects.requireNonNull(in).readAllBytes();
    }
    assertThat(ReleaseJson.read(json, KafkaWriterLease.Record.class))
        .isEqualTo(
            new KafkaWriterLease.Record(
                "m",
                42,
                "2026-01-02T03:04:05.678Z",
                new Lineage(
                    4,
                    List.of(
                        new Lineage.Adoption(1, "store-a", null),
                        new Lineage.Adoption(4, "store-a", new CheckpointName(3, 40, 1))))));
  }
}
