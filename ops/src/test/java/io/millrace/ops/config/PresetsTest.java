package io.millrace.ops.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.method.bow.ObowSettings;
import io.millrace.learner.method.joint.DinoSettings;
import io.millrace.learner.method.settings.LearningSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PresetsTest {
  static java.util.List<String> names() {
    return PackagedConfig.presets();
  }

  @ParameterizedTest
  @MethodSource("names")
  void isValidAndFitsOverTheDefaultsAndOverTheDemo(String name) {
    for (MillraceConfig base :
        java.util.List.of(MillraceConfig.defaults(), PackagedConfig.demoConfig())) {
      MillraceConfig config = PackagedConfig.withPreset(base, name);
      config.newMethod();
      assertThat(config.doubts()).isEmpty();
      assertThat(config.model().preprocessing().size())
          .isEqualTo(name.equals("photos-cpu") ? 96 : 224);
    }
    assertThat(PackagedConfig.preset(name)).startsWith("# ").containsIgnoringCase("ours");
  }

  @Test
  void theAuthorsSizesAreThere() {
    MillraceConfig config = PackagedConfig.withPreset(MillraceConfig.defaults(), "imagenet-obow");
    var obow = (ObowSettings) config.methods().get("obow");
    assertThat(obow.crops().size()).isEqualTo(160);
    assertThat(obow.patches().views()).isEqualTo(5);
    assertThat(obow.patches().size()).isEqualTo(96);
    assertThat(obow.words()).isEqualTo(8192);
    assertThat(config.model().preprocessing().resize()).isEqualTo(256);
    config = PackagedConfig.withPreset(MillraceConfig.defaults(), "imagenet-dino-vit");
    var dino = (DinoSettings) config.methods().get("dino");
    assertThat(dino.firstView().size()).isEqualTo(224);
    assertThat(dino.localViews().size()).isEqualTo(96);
  }

  /** The rate at the preset's own batch, whatever the defaults and the demo scale by. */
  @ParameterizedTest
  @CsvSource({
    "imagenet-byol, 0.2",
    "imagenet-moco, 0.03",
    "imagenet-obow, 0.03",
    "imagenet-simclr, 1.2",
    "imagenet-dino-vit, 0.000125",
    "photos-cpu, 0.05"
  })
  void learnsAtTheRateThatItsHeaderSays(String name, double rate) {
    for (MillraceConfig base :
        java.util.List.of(MillraceConfig.defaults(), PackagedConfig.demoConfig())) {
      MillraceConfig config = PackagedConfig.withPreset(base, name);
      var learning = (LearningSettings) config.methods().get(config.method());
      assertThat(learning.learningRate().peakOf(config.learner().batchSize()))
          .isCloseTo(rate, within(1e-12));
    }
  }

  @Test
  void anUnknownOneIsNamedWithThoseThereAre() {
    assertThatThrownBy(() -> PackagedConfig.preset("imagenet-vicreg"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("imagenet-vicreg")
        .hasMessageContaining("photos-cpu");
  }
}
