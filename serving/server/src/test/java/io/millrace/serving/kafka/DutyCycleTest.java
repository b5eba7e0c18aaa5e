package io.millrace.serving.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class DutyCycleTest {
  @Test
  void restsThreeTimesItsWorkAtAQuarter() {
    DutyCycle duty = new DutyCycle(0.25);
    assertThat(duty.mayWork(5)).isTrue();
    duty.worked(1000, 1100);
    assertThat(duty.mayWork(1399)).isFalse();
    assertThat(duty.mayWork(1400)).isTrue();
  }

  @Test
  void neverRestsAtOne() {
    DutyCycle duty = new DutyCycle(1);
    duty.worked(1000, 2000);
    assertThat(duty.mayWork(2000)).isTrue();
  }

  @Property(tries = 50)
  void holdsItsShare(@ForAll @DoubleRange(min = 0.01, max = 1) double share) {
    DutyCycle duty = new DutyCycle(share);
    long now = 0;
    long worked = 0;
    for (int i = 0; i < 100_000; i++) {
      if (duty.mayWork(now)) {
        duty.worked(now, now + 10);
        worked += 10;
        now += 10;
      } else {
        now++;
      }
    }
    assertThat((double) worked / now).isCloseTo(share, Percentage.withPercentage(10));
  }
}
