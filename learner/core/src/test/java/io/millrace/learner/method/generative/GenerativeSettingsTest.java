package io.millrace.learner.method.generative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.method.bow.BownetSettings;
import io.millrace.learner.method.bow.FeatureReconstructionSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.ModelSettings;
import org.junit.jupiter.api.Test;

class GenerativeSettingsTest {
  @Test
  void whatIsOutOfRangeIsNamedWithItsRange() {
    AutoencoderSettings a = AutoencoderSettings.defaults();
    assertThatThrownBy(() -> new AutoencoderSettings(a.view(), 4, a.optimizer(), a.learningRate()))
        .hasMessage("decoderChannels is 4: expected 8 to 4096");
    assertThatThrownBy(
            () ->
                new AutoencoderSettings(a.view().withViews(2), 64, a.optimizer(), a.learningRate()))
        .hasMessage("view.views is 2: expected 1");
    assertThatThrownBy(
            () ->
                new AutoencoderSettings(a.view().withSize(36), 64, a.optimizer(), a.learningRate()))
        .hasMessageContaining("view.size is 36: expected 4, 5, 6 or 7 times a power of two");
    InpaintingSettings i = InpaintingSettings.defaults();
    assertThatThrownBy(
            () ->
                new InpaintingSettings(
                    i.view(), i.holes(), 1.5, 64, i.optimizer(), i.learningRate()))
        .hasMessage("contextWeight is 1.5: expected 0 to 1");
    assertThatThrownBy(() -> AdversarySettings.defaults().withWeight(-1))
        .hasMessage("weight is -1.0: expected 0 to 100");
    FeatureReconstructionSettings f = FeatureReconstructionSettings.defaults();
    assertThatThrownBy(
            () ->
                new FeatureReconstructionSettings(
                    f.view(), f.holes(), 64, 1, f.optimizer(), f.learningRate()))
        .hasMessage("teacherMomentum is 1.0: expected 0 up to but not 1");
    assertThatThrownBy(() -> gan(0, 1)).hasMessage("latent is 0: expected 1 to 4096");
    assertThatThrownBy(() -> gan(8, 0)).hasMessage("discriminatorSteps is 0: expected 1 to 100");
    assertThatThrownBy(() -> bownet(8, 5, 1)).hasMessage("words is 8: expected 16 to 65536");
    assertThatThrownBy(() -> bownet(16, 0, 1))
        .hasMessage("kappa is 0.0: expected over 0, at most 1000");
    assertThatThrownBy(() -> bownet(16, 5, 0))
        .hasMessageContaining("rotationSteps is 0: expected 1");
  }

  private static GanSettings gan(int latent, int discriminatorSteps) {
    GanSettings d = GanSettings.defaults();
    return new GanSettings(
        d.view(),
        latent,
        64,
        discriminatorSteps,
        d.optimizer(),
        d.learningRate(),
        d.generatorLearningRate());
  }

  private static BownetSettings bownet(int words, double kappa, long rotationSteps) {
    BownetSettings d = BownetSettings.defaults();
    return new BownetSettings(
        d.view(), words, kappa, rotationSteps, 1, 1, d.optimizer(), d.learningRate());
  }

  @Test
  void networksOfAnotherShapeAreAnotherModel() {
    ModelSettings model = ModelSettings.defaults();
    AutoencoderSettings a = AutoencoderSettings.defaults();
    var narrow = new AutoencoderSettings(a.view(), 64, a.optimizer(), a.learningRate());
    assertThat(Methods.create("autoencoder", model, narrow).fixedSettings())
        .isNotEqualTo(Methods.create("autoencoder", model).fixedSettings());
    GanSettings g = GanSettings.defaults();
    var faster =
        new GanSettings(
            g.view(),
            g.latent(),
            g.generatorChannels(),
            5,
            g.optimizer(),
            g.learningRate(),
            g.generatorLearningRate());
    assertThat(Methods.create("gan", model, faster).fixedSettings())
        .isEqualTo(Methods.create("gan", model).fixedSettings());
    assertThat(Methods.create("gan", model, faster).settings())
        .isNotEqualTo(Methods.create("gan", model).settings());
  }
}
