package io.millrace.ingest.topology;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;

class ReplaceThreadsTest {
  private Instant now = Instant.EPOCH;
  private final AtomicInteger replaced = new AtomicInteger();
  private final ReplaceThreads handler =
      new ReplaceThreads(
          () -> now,
          new IngestPulse(() -> now, Duration.ofMinutes(1)),
          0,
          replaced::incrementAndGet);

  @Test
  void replacesForEverAThreadThatDiesNowAndThen() {
    for (int i = 0; i < 100; i++) {
      assertThat(handler.handle(new IllegalStateException("x"))).isEqualTo(REPLACE_THREAD);
      now = now.plus(ReplaceThreads.WITHIN.dividedBy(ReplaceThreads.MOST_DEATHS - 1));
    }
    assertThat(replaced).hasValue(100);
  }

  @Test
  void endsWhereConfiguredWhenThreadsDieWithoutProgress() {
    IngestPulse pulse = new IngestPulse(() -> now, Duration.ofMinutes(1));
    ReplaceThreads ending = new ReplaceThreads(() -> now, pulse, 4, replaced::incrementAndGet);
    for (int i = 0; i < 4; i++) {
      assertThat(ending.handle(new IllegalStateException("x"))).isEqualTo(REPLACE_THREAD);
      now = now.plus(Duration.ofMinutes(1));
    }
    assertThat(ending.handle(new IllegalStateException("x"))).isEqualTo(SHUTDOWN_CLIENT);
    pulse.committed(7);
    pulse.committed(8);
    assertThat(ending.handle(new IllegalStateException("x"))).isEqualTo(REPLACE_THREAD);
  }

  @Test
  void endsWhenThreadsDieTooOften() {
    for (int i = 0; i < ReplaceThreads.MOST_DEATHS; i++) {
      assertThat(handler.handle(new IllegalStateException("x"))).isEqualTo(REPLACE_THREAD);
      now = now.plus(Duration.ofSeconds(1));
    }
    assertThat(handler.handle(new IllegalStateException("x"))).isEqualTo(SHUTDOWN_CLIENT);
  }

  /** A successor would be denied the same. */
  @Test
  void endsAtOnceWhereARightIsMissing() {
    var denied = new TopicAuthorizationException(Set.of("images.accepted"));
    assertThat(handler.handle(new StreamsException("sending", denied))).isEqualTo(SHUTDOWN_CLIENT);
    assertThat(handler.newest()).hasRootCause(denied);
    assertThat(replaced).hasValue(0);
  }
}
