package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import org.junit.jupiter.api.Test;

/** The settings of a mix cannot know the methods: the configuration asks the registry. */
class MixNameTest {
  @Test
  void anUnknownMethodToMixInIsRefusedWhenTheConfigurationIsRead() {
    var tree = ConfigReader.tree("model:\n  mix:\n    method: simpler\n", "test");
    assertThatThrownBy(() -> ConfigReader.over(MillraceConfig.defaults(), tree))
        .hasMessageContaining("model.mix.method is 'simpler': expected one of ['', byol, ");
  }
}
