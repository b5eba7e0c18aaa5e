package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BudgetSettingsTest {
  @Test
  void updatesFallFromTheMostToTheFewestAsTheLagGrows() {
    var budget = new BudgetSettings(2, 100, 300);
    assertThat(budget.updates(6, OptionalLong.empty())).isEqualTo(6);
    assertThat(budget.updates(6, OptionalLong.of(0))).isEqualTo(6);
    assertThat(budget.updates(6, OptionalLong.of(100))).isEqualTo(6);
    assertThat(budget.updates(6, OptionalLong.of(200))).isEqualTo(4);
    assertThat(budget.updates(6, OptionalLong.of(300))).isEqualTo(2);
    assertThat(budget.updates(6, OptionalLong.of(Long.MAX_VALUE))).isEqualTo(2);
  }

  @Test
  void byDefaultTheLagDoesNotMatter() {
    assertThat(BudgetSettings.defaults().updates(6, OptionalLong.of(1_000_000))).isEqualTo(6);
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> new BudgetSettings(-1, 0, 1))
        .hasMessage("minUpdatesPerBatch is -1: expected 0 to 1000");
    assertThatThrownBy(() -> new BudgetSettings(1, -1, 1)).hasMessageContaining("lowLag is -1");
    assertThatThrownBy(() -> new BudgetSettings(1, 5, 5))
        .hasMessage("highLag is 5: expected over lowLag (5)");
    LearnerSettings d = LearnerSettings.defaults();
    assertThatThrownBy(
            () ->
                new LearnerSettings(
                    d.model(),
                    d.seed(),
                    d.batchSize(),
                    2,
                    new BudgetSettings(3, 0, 1),
                    d.idle(),
                    d.batchWait(),
                    d.prefetchBatches(),
                    d.decodeThreads(),
                    d.replay(),
                    d.checkpoint(),
                    d.release(),
                    d.monitor(),
                    d.probe()))
        .hasMessage("budget.minUpdatesPerBatch is 3: expected at most updatesPerBatch (2)");
  }
}
