package io.millrace.ops.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ClockGuardTest {
  private final AtomicLong wallMillis = new AtomicLong(1_800_000_000_000L);
  private final AtomicLong nanos = new AtomicLong(-5);
  private final ClockGuard guard =
      new ClockGuard(() -> Instant.ofEpochMilli(wallMillis.get()), nanos::get);

  private void pass(Duration time) {
    wallMillis.addAndGet(time.toMillis());
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void timeThatPassesIsNoStep() {
    pass(Duration.ofDays(30));
    assertThatCode(guard::look).doesNotThrowAnyException();
  }

  @Test
  void aStepForwardIsNoHarm() {
    wallMillis.addAndGet(Duration.ofHours(1).toMillis());
    assertThatCode(guard::look).doesNotThrowAnyException();
  }

  @Test
  void aSmallStepBackIsNoHarm() {
    wallMillis.addAndGet(-ClockGuard.MOST.toMillis());
    assertThatCode(guard::look).doesNotThrowAnyException();
  }

  @Test
  void aStepBackEndsIt() {
    pass(Duration.ofHours(2));
    guard.look();
    wallMillis.addAndGet(-Duration.ofHours(1).toMillis());
    assertThatThrownBy(guard::look)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("set back by 3600 s, more than 5 s");
  }

  /** Back to where it was: what began while it was ahead stands still all the same. */
  @Test
  void aStepForwardThatIsTakenBackEndsIt() {
    wallMillis.addAndGet(Duration.ofHours(1).toMillis());
    guard.look();
    wallMillis.addAndGet(-Duration.ofHours(1).toMillis());
    assertThatThrownBy(guard::look).hasMessageContaining("set back by 3600 s");
  }

  @Test
  void theRoleFailsByItselfAndEndsWhenAsked() {
    var roles = new Roles();
    roles.start(guard);
    assertThat(roles.failed()).isNull();
    wallMillis.addAndGet(-Duration.ofHours(1).toMillis());
    await().atMost(Duration.ofSeconds(30)).until(() -> roles.failed() != null);

    var calm = new ClockGuard(Instant::now, System::nanoTime);
    var others = new Roles();
    others.start(calm);
    assertThat(others.end("clock", Duration.ofSeconds(30))).isTrue();
    assertThat(others.failed()).isNull();
  }
}
