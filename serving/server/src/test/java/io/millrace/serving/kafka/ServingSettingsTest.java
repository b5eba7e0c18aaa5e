package io.millrace.serving.kafka;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServingSettingsTest {
  private static final ServingSettings D = ServingSettings.defaults();

  @Test
  void anErrorNamesTheKeyTheValueAndWhatIsAllowed() {
    assertThatThrownBy(() -> with(0, D.linger(), 1, D.instance()))
        .hasMessage("batch is 0: expected 1 to 4096");
    assertThatThrownBy(() -> with(8, Duration.ofSeconds(11), 1, D.instance()))
        .hasMessage("linger is PT11S: expected PT0S to PT10S");
    assertThatThrownBy(() -> with(8, D.linger(), 0, D.instance()))
        .hasMessage("refreshShare is 0.0: expected 0.01 to 1");
    assertThatThrownBy(() -> with(8, D.linger(), Double.NaN, D.instance()))
        .hasMessage("refreshShare is NaN: expected 0.01 to 1");
    assertThatThrownBy(() -> with(8, D.linger(), 1, "a b"))
        .hasMessageStartingWith("instance is 'a b': expected");
  }

  private static ServingSettings with(
      int batch, Duration linger, double refreshShare, String instance) {
    return new ServingSettings(
        batch,
        linger,
        D.keepVersions(),
        refreshShare,
        D.decodeThreads(),
        instance,
        D.transactionTimeout(),
        D.progressEvery(),
        D.retryDelay(),
        false);
  }
}
