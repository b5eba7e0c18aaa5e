package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.PrecisionTrial;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrecisionTrialTest {
  private static final int WARM_UP = 2;

  /**
   * Clock by which the two take so long in turns, but for one round that something else held up.
   */
  private static LongSupplier clock(long first, long second) {
    var calls = new AtomicLong();
    var now = new AtomicLong();
    return () -> {
      long call = calls.getAndIncrement(); // start and end of one, start and end of the other
      boolean heldUp = call / 4 == WARM_UP;
      return now.addAndGet(heldUp ? 1000 : call / 2 % 2 == 0 ? first : second);
    };
  }

  @ParameterizedTest
  @CsvSource({"5, 3, BF16", "3, 5, FLOAT32", "4, 4, FLOAT32"})
  void theFasterIsTaken(long single, long half, Precision expected) {
    Precision taken =
        new PrecisionTrial(clock(single, half), engine -> true)
            .faster("torch", EngineOptions.cpu(Precision.FLOAT64));
    assertThat(taken).isEqualTo(expected);
  }

  @Test
  void aDeviceWithoutInstructionsForItIsNotTried() {
    LongSupplier clock =
        () -> {
          throw new AssertionError("something is timed");
        };
    assertThat(
            new PrecisionTrial(clock, engine -> false)
                .faster("torch", EngineOptions.cpu(Precision.FLOAT32)))
        .isEqualTo(Precision.FLOAT32);
  }
}
