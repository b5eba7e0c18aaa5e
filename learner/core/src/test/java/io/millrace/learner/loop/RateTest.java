package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateTest {
  private final Rate rate = new Rate();

  @Test
  void hasNothingToSayBeforeTwoMoments() {
    assertThat(rate.perSecond(0)).isNaN();
    rate.add(1000, 50);
    assertThat(rate.perSecond(1000)).isNaN();
    rate.add(2000, 50);
    assertThat(rate.perSecond(2000)).isEqualTo(50);
  }

  @Test
  void looksBackTenSecondsAndFallsToNothingAtRest() {
    for (int second = 0; second <= 60; second++) {
      rate.reached(second * 1000L, second < 30 ? second * 100L : 2900 + (second - 29) * 10L);
    }
    assertThat(rate.perSecond(60_000)).isEqualTo(10);
    assertThat(rate.perSecond(65_000)).isBetween(3.0, 7.0);
    assertThat(rate.perSecond(80_000)).isZero();
  }
}
