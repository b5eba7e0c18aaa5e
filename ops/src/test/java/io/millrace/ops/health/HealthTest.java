package io.millrace.ops.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HealthTest {
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final Health health = new Health(now::get);

  @Test
  void whatACheckThrowsIsAFailureInOneLine() {
    health.addReady(
        Check.of(
            "broker",
            () -> {
              throw new IllegalStateException("no answer\nat line 2");
            }));
    assertThat(health.all()).containsExactly(CheckResult.fail("broker", "no answer"));
  }

  @Test
  void probesCannotLoadWhatTheyLookAt() {
    var looks = new AtomicInteger();
    health.addReady(
        Check.of("broker", () -> CheckResult.pass("broker", "look " + looks.incrementAndGet())));
    health.all();
    health.all();
    assertThat(looks).hasValue(1);
    now.set(Instant.EPOCH.plusSeconds(2));
    assertThat(health.all()).containsExactly(CheckResult.pass("broker", "look 2"));
  }

  @Test
  void livenessRestsOnLiveChecksAlone() {
    health.addLive(Check.of("threads", () -> CheckResult.pass("threads", "3 run")));
    health.addReady(Check.of("serving", () -> CheckResult.fail("serving", "no release yet")));
    assertThat(health.live()).extracting(CheckResult::name).containsExactly("threads");
    assertThat(health.all()).extracting(CheckResult::ok).containsExactly(true, false);
  }

  @Test
  void aRoleRestsOnItsOwnChecksAndOnNobodysAndIsUnknownWhereItDoesNotRun() {
    health.addLive(Check.of("threads", () -> CheckResult.pass("threads", "3 run")));
    health.addReady(Check.of("broker", () -> CheckResult.pass("broker", "1 node")));
    health.addReady("ingest", Check.of("ingest", () -> CheckResult.pass("ingest", "RUNNING")));
    health.addReady("serving", Check.of("search", () -> CheckResult.fail("search", "fills")));
    assertThat(health.ofRole("ingest").orElseThrow())
        .extracting(CheckResult::name)
        .containsExactly("threads", "broker", "ingest");
    assertThat(health.ofRole("serving").orElseThrow())
        .extracting(CheckResult::name)
        .containsExactly("threads", "broker", "search");
    assertThat(health.ofRole("learner")).isEmpty();
  }
}
