package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.checkpoint.CheckpointSettings;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.GateSettings;
import io.millrace.learner.release.ReleaseSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LearnerSettingsTest {
  private static LearnerSettings with(String model, int batchSize, Duration batchWait) {
    LearnerSettings d = LearnerSettings.defaults();
    return new LearnerSettings(
        model,
        d.seed(),
        batchSize,
        d.updatesPerBatch(),
        d.idle(),
        batchWait,
        d.prefetchBatches(),
        d.decodeThreads(),
        d.replay(),
        d.checkpoint(),
        d.release(),
        d.monitor(),
        d.probe());
  }

  @Test
  void theDefaultsHold() {
    assertThat(LearnerSettings.defaults().idle()).isEqualTo(Idle.REPLAY);
  }

  @Test
  void eachErrorNamesTheKeyTheValueAndTheRange() {
    assertThatThrownBy(() -> with("a/b", 64, Duration.ZERO))
        .hasMessageContaining("model is 'a/b': expected");
    assertThatThrownBy(() -> with("m", 1, Duration.ZERO))
        .hasMessageContaining("batchSize is 1: expected 2 to 65536");
    assertThatThrownBy(() -> with("m", 30_000, Duration.ZERO))
        .hasMessageContaining("replay.images is 20000: expected batchSize (30000) or more");
    assertThatThrownBy(() -> with("m", 64, Duration.ofSeconds(-1)))
        .hasMessageContaining("batchWait is PT-1S: expected PT0S to PT1H");
    assertThatThrownBy(() -> new CheckpointSettings(1, 1, 1))
        .hasMessageContaining("keep is 1: expected 2 to 1000");
    assertThatThrownBy(() -> new ReleaseSettings(-1, 0, 0, false, GateSettings.defaults()))
        .hasMessageContaining("warmUpSteps is -1");
    assertThatThrownBy(() -> new MonitorSettings(1, 1, 2))
        .hasMessageContaining("referenceImages is 1: expected 2");
    assertThatThrownBy(() -> new ProbeSettings(1, 20, 10, 1))
        .hasMessageContaining("bank is 10: expected k (20) or more");
  }
}
