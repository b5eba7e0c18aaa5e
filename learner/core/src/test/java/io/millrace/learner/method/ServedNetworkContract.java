package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.MixSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.tensor.Truncation;
import io.millrace.learner.testing.ScopedContract;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What serving runs of a backbone. */
public abstract class ServedNetworkContract extends ScopedContract {
  private static ModelSettings model(String architecture, String representation) {
    var backbone =
        BackboneSettings.defaults()
            .withWidth(0.125)
            .withArchitecture(architecture)
            .withPatches(4, 4);
    return new ModelSettings(3, backbone, Preprocessing.defaults().withSize(16))
        .withRepresentation(representation);
  }

  /** Its features are the whole's map at that stage, averaged, or behind the output. */
  @ParameterizedTest
  @CsvSource({
    "resnet18, layer1",
    "resnet18, layer3",
    "resnet50, layer4",
    "vit-tiny, layer2",
    "vit-tiny, layer4",
    "resnet18, layer3+output",
    "resnet50, layer1+output",
    "vit-tiny, layer2+output"
  })
  void aStageGivesItsMapAveraged(String architecture, String layer) {
    Method method = Methods.create("byol", model(architecture, layer));
    try (MethodState state = method.initialize(engine);
        var served = new ServedNetwork(method, state)) {
      Network whole = state.network("student");
      Tensor x = gaussian(4, 2, 3, 16, 16);
      for (int round = 0; round < 2; round++) {
        double[] expected;
        try (var seen = whole.forward(x, Mode.EVAL)) {
          expected = expected(seen, layer);
        }
        Network part = served.now();
        assertThat(OutputFeatures.of(part.spec())).isEqualTo(expected.length / 2);
        if (besideTheOutput(layer)) {
          assertThat(part.layout().parameterCount()).isEqualTo(whole.layout().parameterCount());
        }
        try (var seen = part.forward(x, Mode.EVAL)) {
          assertThat(seen.output().toDoubles()).containsExactly(expected, within(1e-9));
        }
        whole.parameters().scaleIn(0.9); // it learns on, and what serves follows
      }
      assertThat(served.name()).isEqualTo("served");
      assertThat(served.networks()).containsKeys("served", "student", "teacher", "projector");
      assertThat(served.release().tensors().get("served.parameters").values())
          .isEqualTo(served.now().parameters().toDoubles());
      assertThat(served.release().tensors()).containsKeys("student.parameters");
    }
  }

  private double[] expected(Activations seen, String layer) {
    Tensor average = seen.tap(Truncation.tap(layer)).mean(false, 2, 3);
    return (besideTheOutput(layer) ? engine.concat(1, List.of(seen.output(), average)) : average)
        .toDoubles();
  }

  private static boolean besideTheOutput(String layer) {
    return layer.endsWith(Truncation.AND_OUTPUT);
  }

  /** Of every kind that serves otherwise than it learns: plain, truncated, folded. */
  @ParameterizedTest
  @CsvSource({
    "byol, auto",
    "byol, layer3",
    "byol, layer3+output",
    "rotation, auto",
    "colorization, auto",
    "colorization, layer3+output"
  })
  void aWhitenedNetworkGivesTheWhitenedFeatures(String name, String layer) {
    Method method = Methods.create(name, usual(layer));
    try (MethodState state = method.initialize(engine);
        var plain = new ServedNetwork(method, state);
        var white = new ServedNetwork(method, state)) {
      Tensor x = gaussian(4, 6, 3, 16, 16);
      for (int round = 0; round < 2; round++) {
        float[] features = output(plain.now(), x);
        Whitening layerOf = Whitening.fit(features, 6, features.length / 6, 3, 1e-2);
        white.whiten(layerOf);
        Network network = white.now();
        assertThat(OutputFeatures.of(network.spec())).isEqualTo(3);
        float[] expected = layerOf.apply(features);
        assertThat(output(network, x)).containsExactly(expected, within(1e-4f));
        assertThat(white.networks()).containsKeys("served", "student");
        assertThat(white.name()).isEqualTo("served");
        assertThat(OutputFeatures.of(Whitening.without(network.spec())))
            .isEqualTo(features.length / 6);
        state.network("student").parameters().scaleIn(0.9);
      }
      white.whiten(null);
      assertThat(output(white.now(), x)).isEqualTo(output(plain.now(), x));
    }
  }

  private static ModelSettings usual(String representation) {
    return new ModelSettings(
            3, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults())
        .withRepresentation(representation);
  }

  private static float[] output(Network network, Tensor x) {
    try (var seen = network.forward(x, Mode.EVAL)) {
      return seen.output().toFloats();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "rotation, layer3, layer3+output",
    "relative-location, layer2, layer2",
    "jigsaw, layer2, layer2",
    "byol, output, layer3+output",
    "bownet, output, layer3+output",
    "feature-reconstruction, layer2, layer2",
    "gan, layer2, layer2",
    "bigan, layer2, layer2"
  })
  void autoIsWhatSuitsTheMethod(String method, String layer, String withLayer3) {
    Preprocessing usual = Preprocessing.defaults();
    var auto = new ModelSettings(3, BackboneSettings.defaults().withWidth(0.125), usual);
    assertThat(Methods.create(method, auto).servedLayer()).isEqualTo(layer);
    assertThat(Methods.create(method, auto.withRepresentation("auto+layer3")).servedLayer())
        .isEqualTo(withLayer3);
    for (String set : List.of("output", "layer4")) {
      assertThat(Methods.create(method, auto.withRepresentation(set)).servedLayer()).isEqualTo(set);
    }
  }

  @Test
  void autoIsTheOutputWhereTheBackboneHasNoSuchStage() {
    for (String auto : List.of("auto", "auto+layer3")) {
      ModelSettings model = model("resnet18", auto);
      NetworkSpec whole = model.spec("student");
      var stageless =
          new NetworkSpec(whole.name(), whole.input(), whole.children(), Set.<String>of());
      for (String suits : List.of("output", "layer2", "layer3")) {
        assertThat(model.layer(suits, stageless)).as("%s, %s", auto, suits).isEqualTo("output");
      }
    }
  }

  @Test
  void aMixServesWhatItsFirstMethodDoes() {
    var model =
        new ModelSettings(3, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults())
            .withMix(new MixSettings("simclr", 1, 0, 0, 0, false));
    assertThat(Methods.create("rotation", model).servedLayer()).isEqualTo("layer3");
  }

  @Test
  void aLayerThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> model("resnet18", "layer5"))
        .hasMessageContaining("representation")
        .hasMessageContaining("layer5");
  }

  @Test
  void theOutputIsTheNetworkItself() {
    Method method = Methods.create("byol", model("resnet18", "auto"));
    try (MethodState state = method.initialize(engine);
        var served = new ServedNetwork(method, state)) {
      assertThat(served.now()).isSameAs(state.network("student"));
      assertThat(served.name()).isEqualTo("student");
    }
  }
}
