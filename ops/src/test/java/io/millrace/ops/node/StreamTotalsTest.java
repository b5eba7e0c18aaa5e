package io.millrace.ops.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.topology.StreamStats;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StreamTotalsTest {
  private final StreamTotals totals = new StreamTotals();

  @Test
  void aLaterRecordOfAWindowReplacesTheEarlierOne() {
    totals.add(window("a", 0, 10, Map.of(RejectionReason.CORRUPT, 1L)));
    totals.add(window("a", 0, 25, Map.of(RejectionReason.CORRUPT, 2L, RejectionReason.EMPTY, 1L)));
    assertThat(totals.accepted()).isEqualTo(25);
    assertThat(totals.rejected()).isEqualTo(Map.of("CORRUPT", 2L, "EMPTY", 1L));
    assertThat(totals.rejectedBySource()).isEqualTo(Map.of("a", 3L));
  }

  @Test
  void sumsOverWindowsAndSourcesHoweverMany() {
    for (int w = 0; w < 5000; w++) {
      totals.add(window("a", w * 10_000L, 1, Map.of()));
      totals.add(window("b", w * 10_000L, 2, Map.of()));
      totals.add(window("b", w * 10_000L, 3, Map.of()));
    }
    assertThat(totals.accepted()).isEqualTo(5000 + 15000);
  }

  @Test
  void countsTogetherWhatComesFromMoreSourcesThanAnybodyReads() {
    for (int source = 0; source < 1000; source++) {
      totals.add(window("s" + source, 0, 0, Map.of(RejectionReason.EMPTY, 1L)));
      totals.add(window("s" + source, 0, 0, Map.of(RejectionReason.EMPTY, 2L)));
    }
    totals.add(window("s".repeat(100_000), 0, 0, Map.of(RejectionReason.EMPTY, 5L)));
    assertThat(totals.rejectedBySource())
        .hasSize(201)
        .containsEntry("s7", 2L)
        .containsEntry(StreamTotals.OTHERS, 2L * 800 + 5);
    assertThat(totals.rejected()).isEqualTo(Map.of("EMPTY", 2005L));
  }

  private static StreamStats window(
      String source, long start, long accepted, Map<RejectionReason, Long> rejected) {
    return new StreamStats(source, start, start + 10_000, accepted, rejected, 0, 0, 0, 0, 0, 0, 0);
  }
}
