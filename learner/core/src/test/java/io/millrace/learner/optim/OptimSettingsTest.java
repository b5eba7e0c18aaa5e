package io.millrace.learner.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.settings.Spelling;
import org.junit.jupiter.api.Test;

class OptimSettingsTest {
  @Test
  void aConstantRateRisesThenStays() {
    Schedule schedule = ScheduleSettings.constant(0.4, 4).schedule();
    assertThat(schedule.at(0)).isCloseTo(0.1, within(1e-15));
    assertThat(schedule.at(2)).isCloseTo(0.3, within(1e-15));
    assertThat(schedule.at(3)).isEqualTo(0.4);
    assertThat(schedule.at(Long.MAX_VALUE / 2)).isEqualTo(0.4);
    assertThat(ScheduleSettings.constant(0.4, 0).schedule().at(0)).isEqualTo(0.4);
  }

  @Test
  void anInverseSquareRootFallsWithoutEnd() {
    Schedule schedule =
        new ScheduleSettings(ScheduleSettings.Shape.INVERSE_SQRT, 0.4, 100).schedule();
    assertThat(schedule.at(49)).isCloseTo(0.2, within(1e-15));
    assertThat(schedule.at(99)).isEqualTo(0.4);
    assertThat(schedule.at(399)).isCloseTo(0.2, within(1e-15));
    assertThat(schedule.at(39_999)).isCloseTo(0.02, within(1e-15));
    assertThat(new ScheduleSettings(ScheduleSettings.Shape.INVERSE_SQRT, 0.4, 0).schedule().at(3))
        .isEqualTo(0.2);
  }

  @Test
  void whatIsOutOfRangeIsNamed() {
    assertThatThrownBy(() -> Spelling.parse(ScheduleSettings.Shape.class, "shape", "cosine"))
        .hasMessageContaining("shape is 'cosine'")
        .hasMessageContaining("inverse-sqrt");
    assertThatThrownBy(() -> ScheduleSettings.constant(0, 0)).hasMessageContaining("peak is 0.0");
    assertThatThrownBy(() -> ScheduleSettings.constant(1, -1)).hasMessageContaining("warmUp is -1");
    assertThatThrownBy(() -> Spelling.parse(OptimizerSettings.Kind.class, "kind", "adam"))
        .hasMessageContaining("kind is 'adam'")
        .hasMessageContaining("adamw");
    assertThatThrownBy(() -> OptimizerSettings.defaults().withWeightDecay(-1))
        .hasMessageContaining("weightDecay is -1.0");
    assertThatThrownBy(
            () ->
                new OptimizerSettings(
                    OptimizerSettings.Kind.LARS, 0.9, true, 0, 0.02, 0.9, 0.9, 1e-8))
        .hasMessageContaining("nesterov is true");
    assertThatThrownBy(
            () ->
                new OptimizerSettings(
                    OptimizerSettings.Kind.SGD, 1, false, 0, 0.02, 0.9, 0.9, 1e-8))
        .hasMessageContaining("momentum is 1.0");
  }
}
