package io.millrace.learner.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A few kills of separate processes and the ledger afterwards; {@code -Dmillrace.chaos.kills=20}
 * for more. Twenty take over four minutes on two quiet cores, so that {@code verify} has five.
 */
class ChaosTest {
  private static final int KILLS = Integer.getInteger("millrace.chaos.kills", 5);

  @TempDir Path folder;

  @Test
  void killsLoseNothingAndDoubleNothing() throws Exception {
    var bench = new ChaosBench();
    bench.minutes = 60;
    bench.most = KILLS;
    // Of the first five, each part once.
    bench.seed = 423;
    bench.rate = 20;
    bench.garbage = 5;
    bench.folder = folder.resolve("system");
    bench.out = folder;
    Map<String, Object> ledger = bench.measure().rows().get(0);
    assertThat(ledger)
        .containsEntry("lost", 0)
        .containsEntry("doubled", 0)
        .containsEntry("without an embedding", 0);
    assertThat(number(ledger, "records before the checkpoint"))
        .isEqualTo(number(ledger, "counted by the learner"))
        .isEqualTo(number(ledger, "accepted"));
    assertThat(number(ledger, "accepted")).isPositive();
    assertThat(number(ledger, "rejected")).isPositive();
    Result kills = bench.kills();
    assertThat(kills.rows().stream().mapToInt(row -> (Integer) row.get("kills")).sum())
        .isEqualTo(KILLS);
  }

  private static long number(Map<String, Object> ledger, String name) {
    return ((Number) ledger.get(name)).longValue();
  }
}
