package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.method.registry.AuxiliaryHooks;
import io.millrace.learner.method.registry.MethodConfig;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.testing.ScopedContract;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a method's auxiliary-loss hook must hold. */
public abstract class HookContract extends ScopedContract {
  private static final int IMAGES = 4;
  private static final ModelSettings MODEL =
      new ModelSettings(
          3, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults().withSize(16));

  static Stream<String> methods() {
    return Methods.names().stream();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aRecipeBuildsTheSameMethodAgain(String name) throws Exception {
    var config = new MethodConfig(name, MODEL, Methods.defaults(name));
    MethodConfig again = MethodConfig.fromJson(config.toJson());
    assertThat(again).isEqualTo(config);
    assertThat(again.create().name()).isEqualTo(name);
    assertThat(again.create().hook().isPresent()).isEqualTo(config.create().hook().isPresent());
  }

  static Stream<String> fromImagesAlone() {
    return Methods.fromImagesAlone().stream();
  }

  @ParameterizedTest
  @MethodSource("fromImagesAlone")
  void answersDependOnNoOtherImageAndChangeNothing(String name) {
    Method method = Methods.create(name, MODEL);
    assumeTrue(method.hook().isPresent(), "skipped: " + name + " has no hook");
    answersAreStateless(method, method.hook().orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"simclr", "dino", "gan"})
  void anyReleaseTeachesByDistillation(String name) {
    Method method = Methods.create(name, MODEL);
    try (MethodState state = method.initialize(engine)) {
      int features = OutputFeatures.of(state.network(method.representation()).spec());
      answersAreStateless(
          method,
          Objects.requireNonNull(
              AuxiliaryHooks.of(method, method.representation(), features).get("distillation")));
    }
  }

  private void answersAreStateless(Method method, AuxiliaryHook hook) {
    try (MethodState state = method.initialize(engine)) {
      method.step(MethodContract.batch(0, 0, IMAGES), state);
      Map<String, Double> before = fingerprint(state);
      ReleasedModel model = released(state);
      Map<String, Tensor> constants = hook.constants(model);
      Tensor views = views(IMAGES);
      Map<String, Tensor> targets = hook.targets(model, views);
      targets.forEach((key, all) -> assertThat(all.size(0)).as(key).isEqualTo(IMAGES));
      Map<String, Tensor> alone = hook.targets(model, views.slice(0, 1, 2).copy());
      alone.forEach(
          (key, one) -> {
            double[] expected = Objects.requireNonNull(targets.get(key)).slice(0, 1, 2).toDoubles();
            double[] actual = one.toDoubles();
            for (int i = 0; i < actual.length; i++) {
              assertThat(actual[i]).as(key).isEqualTo(expected[i], within(1e-9));
            }
          });

      Map<String, Tensor> inputs = new HashMap<>(targets);
      inputs.putAll(constants);
      hook.predictions()
          .forEach((key, columns) -> inputs.put(key, gaussian(key.hashCode(), IMAGES, columns)));
      assertThat(constants.keySet()).isEqualTo(hook.constantNames());
      assertThat(inputs.keySet()).isEqualTo(hook.objective().inputs());
      assertThat(hook.objective().differentiable()).containsAll(hook.predictions().keySet());
      LossAndGradients answer = hook.objective().evaluate(inputs);
      assertThat(answer.loss().item()).isFinite();
      for (String key : hook.predictions().keySet()) {
        assertThatItIsTheDerivative(hook, inputs, key, answer);
      }
      assertThat(fingerprint(state)).isEqualTo(before);
    }
  }

  private void assertThatItIsTheDerivative(
      AuxiliaryHook hook, Map<String, Tensor> inputs, String key, LossAndGradients answer) {
    Tensor x = Objects.requireNonNull(inputs.get(key));
    Tensor direction = gaussian(99, x.shape());
    double h = 1e-6;
    double slope =
        (loss(hook, inputs, key, x.copy().addIn(h, direction))
                - loss(hook, inputs, key, x.copy().addIn(-h, direction)))
            / (2 * h);
    double predicted =
        Objects.requireNonNull(answer.gradients().get(key)).mul(direction).sum(false).item();
    assertThat(slope).as(key).isEqualTo(predicted, within(1e-6 * (1 + Math.abs(predicted))));
  }

  private static double loss(
      AuxiliaryHook hook, Map<String, Tensor> inputs, String key, Tensor value) {
    var moved = new HashMap<>(inputs);
    moved.put(key, value);
    return hook.objective().evaluate(moved).loss().item();
  }

  private static Map<String, Double> fingerprint(MethodState state) {
    var sums = new TreeMap<String, Double>();
    state.networks().forEach((name, n) -> sums.put(name, sumOf(n.parameters())));
    state.networks().forEach((name, n) -> sums.put(name + ".statistics", sumOf(n.statistics())));
    return sums;
  }

  private static double sumOf(Tensor vector) {
    return vector.size() == 0 ? 0 : vector.mul(vector).sum(false).item();
  }

  private Tensor views(int n) {
    var images = new ArrayList<>(MethodContract.batch(0, 50, n).images());
    return new EvalView(MODEL.preprocessing()).of(engine, images);
  }

  private static ReleasedModel released(MethodState state) {
    return new ReleasedModel() {
      @Override
      public Engine engine() {
        return state.engine();
      }

      @Override
      public Network network(String name) {
        return state.network(name);
      }

      @Override
      public Tensor tensor(String name) {
        return state.tensor(name);
      }
    };
  }
}
