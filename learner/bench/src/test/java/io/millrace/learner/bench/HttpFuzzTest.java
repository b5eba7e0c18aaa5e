package io.millrace.learner.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A few thousand requests of every route; the benchmark {@code fuzz} sends a hundred thousand. */
class HttpFuzzTest {
  private static final int REQUESTS = 4_000;
  private static final double NOISE_MEBIBYTES = 24;

  @Test
  void noRequestBringsAnErrorOfOursAndMemoryStaysFlat() throws Exception {
    FuzzBench.Outcome outcome = FuzzBench.run(REQUESTS, 5, 4, 20);
    assertThat(outcome.failures()).isEmpty();
    assertThat(outcome.failed()).isZero();
    assertThat(outcome.requests()).isEqualTo(REQUESTS);
    assertThat(outcome.counts())
        .as("every kind of answer was asked for")
        .containsKeys("200", "400", "401", "403", "404", "413", "415");
    List<Double> heap = outcome.heapMebibytes();
    assertThat(heap.get(heap.size() - 1))
        .as("live heap by quarter: %s", heap)
        .isLessThan(heap.get(0) + NOISE_MEBIBYTES);
  }
}
