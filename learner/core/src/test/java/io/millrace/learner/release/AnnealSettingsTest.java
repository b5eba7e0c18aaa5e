package io.millrace.learner.release;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AnnealSettingsTest {
  @Test
  void aCopyCoolsDownForAShareOfWhatWasLearned() {
    AnnealSettings anneal = AnnealSettings.defaults();
    assertThat(anneal.of(428)).isEqualTo(43);
    assertThat(anneal.of(100_000)).isEqualTo(200);
    assertThat(anneal.of(4)).isZero();
    assertThat(AnnealSettings.none().of(100_000)).isZero();
  }

  @Test
  void aStopHasTimeForTenSeconds() {
    AnnealSettings anneal = AnnealSettings.defaults();
    assertThat(anneal.atStop(100_000, 0.01)).isEqualTo(200);
    assertThat(anneal.atStop(100_000, 0.5)).isEqualTo(20);
    assertThat(anneal.atStop(100_000, 20)).isZero();
    assertThat(anneal.atStop(100, 0)).isEqualTo(10);
  }
}
