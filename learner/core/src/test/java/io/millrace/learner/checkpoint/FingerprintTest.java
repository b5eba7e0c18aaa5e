package io.millrace.learner.checkpoint;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class FingerprintTest {
  @Test
  void otherSettingsAreRefusedWithBothValues() {
    var byol = new Fingerprint(Map.of("method", "byol", "model", "m"));
    var obow = new Fingerprint(Map.of("method", "obow", "model", "m"));
    var name = new CheckpointName(1, 2);
    assertThatCode(() -> byol.requireSame(byol, name)).doesNotThrowAnyException();
    assertThatThrownBy(() -> obow.requireSame(byol, name))
        .hasMessageContaining("was saved with method byol, the settings now say obow");
    assertThatThrownBy(() -> byol.requireSame(new Fingerprint(Map.of("model", "m")), name))
        .hasMessageContaining("method null");
  }
}
