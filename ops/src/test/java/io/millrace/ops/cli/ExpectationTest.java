package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import org.junit.jupiter.api.Test;

class ExpectationTest {
  private final MillraceConfig full = MillraceConfig.defaults();

  @Test
  void aLaptopUnderAFullNetworkIsToldWhatFitsIt() {
    int batch = full.learner().batchSize();
    assertThat(Expectation.of(full, 0.05, 4, false))
        .startsWith(
            "this machine makes 0.050 updates/s of resnet18 at width 1.0 with batches of " + batch)
        .contains("the first release comes after 100 updates, in about 32 min")
        .contains("--set model.backbone.width=" + demo().model().backbone().width());
  }

  @Test
  void whereItIsFastEnoughNothingElseIsAdvised() {
    assertThat(Expectation.of(full, 2, 20, false)).endsWith("in about 40 s");
    assertThat(Expectation.of(demo(), 0.001, 0, false)).doesNotContain("--set");
    assertThat(Expectation.of(full, 0.05, 4, true)).doesNotContain("release");
  }

  private static MillraceConfig demo() {
    return PackagedConfig.demoConfig();
  }
}
