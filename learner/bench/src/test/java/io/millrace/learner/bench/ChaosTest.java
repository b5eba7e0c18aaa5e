package io.millrace.learner.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Twenty kills of separate processes, up to five at one time, and the ledger afterwards. */
class ChaosTest {
  private static final int KILLS = Integer.getInteger("millrace.chaos.kills", 20);

  /** Twenty in six rounds, one to five parts each; each part three times at least. */
  private static final long SEED = 266;

  @TempDir Path folder;

  @Test
  void killsLoseNothingAndDoubleNothing() throws Exception {
    var bench = new ChaosBench();
    bench.minutes = 60;
    bench.most = KILLS;
    bench.together = 5;
    bench.seed = SEED;
    // Short waits, little to learn, an early first release and none at the end, which would embed
    // all anew.
    bench.settings =
        List.of(
            "ingest.sessionTimeout=3s",
            "learner.batchSize=16",
            "learner.updatesPerBatch=1",
            "learner.release.warmUpSteps=4",
            "learner.release.atStop=false");
    bench.rate = 10;
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
