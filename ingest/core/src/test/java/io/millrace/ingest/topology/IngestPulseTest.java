package io.millrace.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.streams.KafkaStreams;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IngestPulseTest {
  private Instant now = Instant.EPOCH;
  private final IngestPulse pulse = new IngestPulse(() -> now, Duration.ofMinutes(1));

  @BeforeEach
  void run() {
    pulse.entered(KafkaStreams.State.RUNNING);
    pulse.committed(10);
  }

  @Test
  void threadsThatDieWithoutProgressAreTrouble() {
    for (int i = 0; i < IngestPulse.DEATHS; i++) {
      assertThat(pulse.trouble()).isEmpty();
      pulse.died(new RuntimeException("outer", new IllegalStateException("no time in the record")));
      pulse.committed(10);
      now = now.plusSeconds(30);
    }
    assertThat(pulse.trouble()).hasValueSatisfying(t -> assertThat(t).contains("no time in the"));
    pulse.committed(11);
    assertThat(pulse.trouble()).isEmpty();
  }

  @Test
  void theyAreForgottenWhereNothingDiesAnyMore() {
    for (int i = 0; i < IngestPulse.DEATHS; i++) {
      pulse.died(new IllegalStateException("the broker went away"));
    }
    now = now.plus(Duration.ofMinutes(2)).plusSeconds(1);
    assertThat(pulse.trouble()).isEmpty();
  }

  @Test
  void rebalancingForMinutesIsTrouble() {
    pulse.entered(KafkaStreams.State.REBALANCING);
    now = now.plusSeconds(59);
    pulse.entered(KafkaStreams.State.PENDING_ERROR);
    assertThat(pulse.trouble()).isEmpty();
    now = now.plusSeconds(2);
    pulse.entered(KafkaStreams.State.REBALANCING);
    assertThat(pulse.trouble()).hasValue("REBALANCING for 61 s");
    pulse.entered(KafkaStreams.State.RUNNING);
    assertThat(pulse.trouble()).isEmpty();
  }
}
