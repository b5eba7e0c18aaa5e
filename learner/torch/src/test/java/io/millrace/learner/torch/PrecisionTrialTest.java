package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.PrecisionTrial;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrecisionTrialTest {
  private static final int CALLS_OF_ONE = 2 * 9; // two warm-ups and seven rounds, start and end

  /** Clock whose rounds take so long in the first half of the trial, and so long in the second. */
  private static LongSupplier clock(long first, long second) {
    var calls = new AtomicLong();
    var now = new AtomicLong();
    return () -> now.addAndGet(calls.getAndIncrement() < CALLS_OF_ONE ? first : second);
  }

  @ParameterizedTest
  @CsvSource({"5, 3, BF16", "3, 5, FLOAT32", "4, 4, FLOAT32"})
  void theFasterIsTaken(long single, long half, Precision expected) {
    Precision taken =
        new PrecisionTrial(clock(single, half))
            .faster("torch", EngineOptions.cpu(Precision.FLOAT64));
    assertThat(taken).isEqualTo(expected);
  }
}
