package io.millrace.learner.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.settings.Spelling;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CollapseGuardTest {
  private static final Map<String, Double> HEALTHY = Map.of("featureStd", 0.11, "rankMe", 20.0);
  private static final Map<String, Double> FLAT = Map.of("featureStd", 0.0005, "rankMe", 20.0);

  private static GuardSettings settings(int rounds) {
    return new GuardSettings(0.05, 2, 3, rounds, GuardSettings.Action.HOLD, 0.5, 10);
  }

  @Test
  void collapseTakesAsManyRoundsAsConfigured() {
    var guard = new CollapseGuard(settings(2), 64);
    guard.see(FLAT, 1);
    assertThat(guard.healthy()).isFalse();
    assertThat(guard.collapsed()).isFalse();
    guard.see(FLAT, 1);
    assertThat(guard.collapsed()).isTrue();
    assertThat(guard.reasons()).containsExactly("featureStd is 0.00400 of 1/√64, under 0.0500");
    guard.see(HEALTHY, 1);
    assertThat(guard.healthy()).isTrue();
    assertThat(guard.collapsed()).isFalse();
  }

  @Test
  void roundsMustBeInARow() {
    var guard = new CollapseGuard(settings(2), 64);
    guard.see(FLAT, 1);
    guard.see(HEALTHY, 1);
    guard.see(FLAT, 1);
    assertThat(guard.collapsed()).isFalse();
  }

  @Test
  void rankAndLossAreWatchedToo() {
    var guard = new CollapseGuard(settings(1), 64);
    guard.see(Map.of("featureStd", 0.11, "rankMe", 1.5), 1);
    assertThat(guard.reasons()).containsExactly("rankMe is 1.50, under 2.00");
    guard.see(HEALTHY, 3.5);
    assertThat(guard.reasons()).containsExactly("the loss is 3.50, over 3.00");
    guard.reset();
    assertThat(guard.healthy()).isTrue();
  }

  @Test
  void aMetricThatIsNoNumberBreaksItsBound() {
    Map<String, Double> none = Map.of("featureStd", Double.NaN, "rankMe", Double.NaN);
    var guard = new CollapseGuard(settings(1), 64);
    guard.see(none, 1);
    assertThat(guard.collapsed()).isTrue();
    assertThat(guard.reasons())
        .containsExactly("featureStd is NaN of 1/√64, under 0.0500", "rankMe is NaN, under 2.00");
    var unbound =
        new CollapseGuard(new GuardSettings(0, 0, 0, 1, GuardSettings.Action.HOLD, 0.5, 10), 64);
    unbound.see(none, 1);
    assertThat(unbound.healthy()).isTrue();
  }

  @Test
  void aMetricThatIsMissingBreaksNoBound() {
    var guard = new CollapseGuard(settings(1), 64);
    guard.see(Map.of(), Double.NaN);
    assertThat(guard.healthy()).isTrue();
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> new GuardSettings(-1, 0, 0, 1, GuardSettings.Action.HOLD, 1, 1))
        .hasMessageContaining("minFeatureStd is -1.0");
    assertThatThrownBy(() -> new GuardSettings(0, 0, 0, 0, GuardSettings.Action.HOLD, 1, 1))
        .hasMessageContaining("rounds is 0");
    assertThatThrownBy(() -> Spelling.parse(GuardSettings.Action.class, "action", "pray"))
        .hasMessageContaining("action is 'pray': expected one of [hold, roll-back]");
    assertThatThrownBy(() -> new GuardSettings(0, 0, 0, 1, GuardSettings.Action.HOLD, 0, 1))
        .hasMessageContaining("rateFactor is 0.0");
    assertThatThrownBy(() -> new GuardSettings(0, 0, 0, 1, GuardSettings.Action.HOLD, 1, 0))
        .hasMessageContaining("maxSkipped is 0");
  }
}
