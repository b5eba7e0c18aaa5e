package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.joint.SimClrSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.MixSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.tensor.Network;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two methods' losses on one backbone. */
public abstract class MixContract extends TinyMethodContract {
  private static final ModelSettings MODEL =
      new ModelSettings(
          3, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults().withSize(16));

  private static final Map<String, Record> SETTINGS = Map.of("simclr", simClr(), "byol", byol());

  private static SimClrSettings simClr() {
    SimClrSettings d = SimClrSettings.defaults();
    return new SimClrSettings(
        d.firstView().withSize(16),
        d.secondView().withSize(16),
        16,
        8,
        0.5,
        d.optimizer(),
        d.learningRate());
  }

  private static ByolSettings byol() {
    ByolSettings d = ByolSettings.defaults();
    return new ByolSettings(
        d.firstView().withSize(16),
        d.secondView().withSize(16),
        16,
        8,
        16,
        0.9,
        d.optimizer(),
        d.learningRate());
  }

  private static Method method(MixSettings mix) {
    return Methods.create("byol", MODEL.withMix(mix), SETTINGS);
  }

  private static double[] parameters(MethodState state, String network) {
    return state.network(network).parameters().toDoubles();
  }

  @Test
  void theOtherLossHandsOverToTheOwn() {
    Method method = method(MixSettings.warmStart("simclr", 1, 3));
    try (MethodState state = method.initialize(engine)) {
      double[] predictor = parameters(state, "predictor");
      double[] weights = {0, 0, 0.5, 1, 1};
      double[] otherHead = new double[0];
      for (int step = 0; step < 5; step++) {
        StepReport report = method.step(batch(step, 4 * step, 4), state);
        Map<String, Double> metrics = report.metrics();
        assertThat(metrics).containsEntry("ownWeight", weights[step]);
        assertThat(metrics).containsEntry("mixWeight", 1 - weights[step]);
        double own = weights[step] > 0 ? metrics.get("ownLoss") : 0;
        double other = weights[step] < 1 ? metrics.get("mixLoss") : 0;
        assertThat(report.loss())
            .isCloseTo(weights[step] * own + (1 - weights[step]) * other, within(1e-9));
        assertThat(report.features()).hasSize(4 * 64);
        if (weights[step] == 0) {
          assertThat(metrics).containsKeys("mix.featureStd", "mixGradient");
          assertThat(metrics).doesNotContainKeys("ownLoss", "featureStd", "mixCosine");
          assertThat(parameters(state, "predictor")).isEqualTo(predictor);
          assertThat(parameters(state, "teacher")).isEqualTo(parameters(state, "student"));
        } else {
          assertThat(metrics.get("ownGradient")).isPositive();
          assertThat(parameters(state, "teacher")).isNotEqualTo(parameters(state, "student"));
        }
        if (weights[step] == 0.5) {
          assertThat(metrics.get("mixCosine")).isBetween(-1.0, 1.0);
          otherHead = parameters(state, "mix.projector");
        }
      }
      assertThat(parameters(state, "predictor")).isNotEqualTo(predictor);
      assertThat(parameters(state, "mix.projector")).isEqualTo(otherHead);
    }
  }

  @Test
  void aRestoredMixGoesOnAsIfNothingHadHappened() {
    Method method = method(MixSettings.warmStart("simclr", 1, 5));
    StateSnapshot middle;
    StateSnapshot end;
    try (MethodState state = method.initialize(engine)) {
      for (int step = 0; step < 3; step++) {
        method.step(batch(step, 4 * step, 4), state);
      }
      middle = state.snapshot();
      for (int step = 3; step < 7; step++) {
        method.step(batch(step, 4 * step, 4), state);
      }
      end = state.snapshot();
    }
    try (MethodState state = method.initialize(engine)) {
      state.restore(middle);
      for (int step = 3; step < 7; step++) {
        method.step(batch(step, 4 * step, 4), state);
      }
      StateSnapshot again = state.snapshot();
      assertThat(again.counters()).isEqualTo(end.counters());
      end.tensors()
          .forEach(
              (name, tensor) ->
                  assertThat(again.tensors().get(name).values())
                      .as(name)
                      .isEqualTo(tensor.values()));
    }
  }

  @Test
  void aLossThatIsNoNumberUpdatesNeither() {
    Method method = method(new MixSettings("simclr", 1, 0, 0, 0, false));
    try (MethodState state = method.initialize(engine)) {
      double[] student = parameters(state, "student");
      double[] predictor = parameters(state, "predictor");
      state.network("mix.projector").parameters().fillIn(Double.NaN);
      assertThatThrownBy(() -> method.step(batch(0, 0, 4), state))
          .isInstanceOf(NonFiniteUpdateException.class);
      assertThat(parameters(state, "student")).isEqualTo(student);
      assertThat(parameters(state, "predictor")).isEqualTo(predictor);
      for (Network network : state.networks().values()) {
        assertThat(network.gradients().toDoubles()).containsOnly(0);
      }
    }
  }

  static List<String> singlePassMethods() {
    return Methods.fromImagesAlone().stream()
        .filter(name -> !List.of("simclr", "gan", "bigan", "bownet").contains(name))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("singlePassMethods")
  void everyMethodOfOnePassTakesAWarmStartAndIsOne(String name) {
    ModelSettings model =
        new ModelSettings(
            3, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults());
    Method warm = Methods.create(name, model.withMix(MixSettings.warmStart("simclr", 1, 3)));
    try (MethodState state = warm.initialize(engine)) {
      for (int step = 0; step < 3; step++) {
        assertThat(warm.step(batch(step, 0, 2), state).loss()).isFinite();
        if (step == 0) {
          assertThat(state.network(warm.representation()).parameters().toDoubles())
              .isEqualTo(parameters(state, "student"));
        }
      }
      assertThat(warm.name()).isEqualTo(name);
    }
    Method second =
        Methods.create("simclr", model.withMix(new MixSettings(name, 0.5, 0, 0, 0, false)));
    try (MethodState state = second.initialize(engine)) {
      assertThat(second.step(batch(0, 0, 2), state).metrics().get("mixGradient")).isPositive();
    }
  }

  @Test
  void aMixMakesTheModelWhatItIsAndReleasesTheMethodAlone() {
    Method method = method(MixSettings.warmStart("simclr", 0, 9));
    assertThat(method.fixedSettings())
        .containsEntry("mix.method", "simclr")
        .containsEntry("mix.projectorHidden", "16")
        .containsEntry("projectorHidden", "16");
    assertThat(method.releases("projector")).isTrue();
    assertThat(method.releases("mix.projector")).isFalse();
    assertThat(method.hook()).isPresent();
    assertThat(method.settings()).contains("until=9");
  }

  @Test
  void whatCannotBeMixedIsRefused() {
    assertThatThrownBy(() -> method(new MixSettings("simpler", 1, 0, 0, 0, false)))
        .hasMessageStartingWith("mix.method is 'simpler': expected one of ['', byol,");
    assertThatThrownBy(() -> new MixSettings("simclr", 1, 0, 5, 5, false))
        .hasMessage("until is 5: expected over from (5), or 0");
    assertThatThrownBy(() -> new MixSettings("simclr", 1, 0, 0, 0, true))
        .hasMessage("until is 0: expected over from (0) where the weight changes");
    assertThatThrownBy(() -> new MixSettings("simclr", 0, 0, 0, 9, false))
        .hasMessage("weight is 0: expected over 0, nothing would be mixed in");
    MixSettings simclr = new MixSettings("simclr", 1, 0, 0, 0, false);
    assertThatThrownBy(() -> Methods.create("simclr", MODEL.withMix(simclr)))
        .hasMessage("mix.method is 'simclr': expected another than the method itself");
    assertThatThrownBy(() -> Methods.create("gan", MODEL.withMix(simclr)))
        .hasMessage(
            "mix.method is 'simclr': expected none, method gan can't carry another objective");
    assertThatThrownBy(() -> method(new MixSettings("bownet", 1, 0, 0, 0, false)))
        .hasMessage("mix.method is 'bownet': expected one whose update is a single pass");
  }
}
