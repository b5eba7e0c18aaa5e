package io.millrace.learner.method.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.settings.FormerKeys;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.bow.ObowSettings;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.OptimizerSettings;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MethodSettingsTest {
  @Test
  void everyMethodIsBuiltFromItsDefaults() {
    assertThat(Methods.names()).startsWith("byol", "obow").doesNotHaveDuplicates();
    for (String name : Methods.names()) {
      assertThat(Methods.create(name, ModelSettings.defaults()).name()).isEqualTo(name);
    }
    assertThat(Methods.defaults("obow")).isEqualTo(ObowSettings.defaults());
  }

  @Test
  void anUnknownMethodNamesTheKnownOnes() {
    assertThatThrownBy(() -> Methods.defaults("simcler"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("method is 'simcler': expected one of " + Methods.names());
  }

  @Test
  void settingsOfAnotherMethodAreRefused() {
    assertThatThrownBy(
            () -> Methods.create("byol", ModelSettings.defaults(), ObowSettings.defaults()))
        .hasMessageContaining("ObowSettings: expected a ByolSettings");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dino", "colorization", "inpainting", "feature-reconstruction"})
  void aReleasedConfigOfFormerKeysIsReadAsOneOfTodays(String name) throws IOException {
    var defaults = new MethodConfig(name, ModelSettings.defaults(), Methods.defaults(name));
    String now =
        defaults
            .toJson()
            .replaceAll("\"(gray|centerMomentum)\":[0-9.]+", "\"$1\":0.25")
            .replaceAll("\"grayThreshold\":[0-9.]+", "\"grayThreshold\":7")
            .replaceAll("\"momentum\":[0-9.]+", "\"momentum\":0.75")
            .replace("\"blocks\",\"blocks\":", "\"center\",\"blocks\":");
    String former = now.replace("\"center\"", "\"centre\"");
    for (Map.Entry<String, String> key : FormerKeys.keys().entrySet()) {
      former = former.replace("\"" + key.getValue() + "\":", "\"" + key.getKey() + "\":");
    }
    assertThat(former).contains("optimiser", "grey").doesNotContain("optimizer", "gray");
    assertThat(MethodConfig.fromJson(former))
        .isEqualTo(MethodConfig.fromJson(now))
        .isNotEqualTo(defaults);
  }

  @Test
  void aTransformersPatchesFillEveryView() {
    BackboneSettings patchesOf8 =
        BackboneSettings.defaults().withArchitecture("vit-tiny").withPatches(8, 2);
    assertThat(patchesOf8.featureDimension()).isEqualTo(192);
    ModelSettings model = ModelSettings.defaults().withBackbone(patchesOf8);
    assertThatThrownBy(() -> model.withBackbone(patchesOf8.withPatches(5, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "preprocessing.size is 32: expected a multiple of 5, the patchSize of backbone"
                + " vit-tiny");
    ByolSettings b = ByolSettings.defaults();
    assertThatThrownBy(
            () ->
                Methods.create(
                    "byol",
                    model,
                    new ByolSettings(
                        b.firstView(),
                        b.secondView().withSize(20),
                        64,
                        64,
                        64,
                        0.99,
                        b.optimizer(),
                        b.learningRate())))
        .hasMessage(
            "methods.byol.secondView.size is 20: expected a multiple of 8, the patchSize of"
                + " backbone vit-tiny");
  }

  @Test
  void whatIsOutOfRangeIsNamedWithItsRange() {
    assertThatThrownBy(() -> BackboneSettings.defaults().withArchitecture("resnet19"))
        .hasMessageContaining("architecture is 'resnet19': expected one of [resnet18");
    assertThatThrownBy(() -> new BackboneSettings("resnet18", "tiny", 1, 4, 12))
        .hasMessageContaining("stem is 'tiny': expected one of [small, large]");
    assertThatThrownBy(() -> BackboneSettings.defaults().withWidth(0))
        .hasMessage("width is 0.0: expected 0.125 to 4");
    assertThatThrownBy(() -> BackboneSettings.defaults().withPatches(65, 12))
        .hasMessage("patchSize is 65: expected 2 to 64");
    assertThatThrownBy(() -> BackboneSettings.defaults().withPatches(4, 0))
        .hasMessage("depth is 0: expected 1 to 48");
    ByolSettings b = ByolSettings.defaults();
    assertThatThrownBy(() -> byol(b, 1))
        .hasMessage("teacherMomentum is 1.0: expected 0 up to but not 1");
    assertThatThrownBy(
            () ->
                new ByolSettings(
                    b.firstView().withViews(2),
                    b.secondView(),
                    64,
                    64,
                    64,
                    0.99,
                    b.optimizer(),
                    b.learningRate()))
        .hasMessage("firstView.views is 2: expected 1");
    assertThatThrownBy(() -> obow(List.of("layer3", "layer3"), 64, "max"))
        .hasMessageContaining("levels is [layer3, layer3]: expected one or more different");
    assertThatThrownBy(() -> obow(List.of("layer5"), 64, "max"))
        .hasMessageContaining("levels is [layer5]");
    assertThatThrownBy(() -> obow(List.of("layer4"), 8, "max"))
        .hasMessage("words is 8: expected 16 to 65536");
    assertThatThrownBy(() -> obow(List.of("layer4"), 64, "sum"))
        .hasMessage("pooling is 'sum': expected one of [max, average]");
  }

  private static ByolSettings byol(ByolSettings b, double momentum) {
    return new ByolSettings(
        b.firstView(),
        b.secondView(),
        64,
        64,
        64,
        momentum,
        OptimizerSettings.defaults(),
        b.learningRate());
  }

  private static ObowSettings obow(List<String> levels, int words, String pooling) {
    ObowSettings d = ObowSettings.defaults();
    return new ObowSettings(
        d.crops(),
        d.patches(),
        levels,
        words,
        d.vocabularyUpdate(),
        d.assignment(),
        d.inverseDelta(),
        d.distanceMomentum(),
        pooling,
        d.kappa(),
        d.teacherMomentum(),
        d.optimizer(),
        d.learningRate());
  }

  @Test
  void whatMakesTheModelIsFixedAndTheRestMayChange() {
    ModelSettings model = ModelSettings.defaults();
    for (String name : Methods.names()) {
      var fixed = Methods.create(name, model).fixedSettings();
      assertThat(Methods.create(name, model.withSeed(9)).fixedSettings()).isNotEqualTo(fixed);
      assertThat(
              Methods.create(name, model.withBackbone(model.backbone().withWidth(0.5)))
                  .fixedSettings())
          .isNotEqualTo(fixed);
    }
    ByolSettings byol = ByolSettings.defaults();
    var faster =
        new ByolSettings(
            byol.firstView(),
            byol.secondView(),
            byol.projectorHidden(),
            byol.projection(),
            byol.predictorHidden(),
            0.5,
            byol.optimizer(),
            byol.learningRate());
    Method before = Methods.create("byol", model);
    Method after = Methods.create("byol", model, faster);
    assertThat(after.fixedSettings()).isEqualTo(before.fixedSettings());
    assertThat(after.settings()).isNotEqualTo(before.settings());
  }
}
