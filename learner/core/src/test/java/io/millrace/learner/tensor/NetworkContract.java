package io.millrace.learner.tensor;

import static io.millrace.learner.tensor.Specs.image;
import static io.millrace.learner.tensor.Specs.named;
import static io.millrace.learner.tensor.Specs.tapped;
import static io.millrace.learner.tensor.Specs.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flat vectors, modes, and what forward and backward passes promise. */
public abstract class NetworkContract extends PortContract {
  private Scope scope;

  @BeforeEach
  void openScope() {
    scope = engine.scope();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  private Network residual() {
    Network network = engine.network(Specs.residual());
    randomize(network, 1);
    return network;
  }

  private void randomize(Network network, long seed) {
    network
        .parameters()
        .copyIn(HostArray.random(seed, network.layout().parameterCount()).on(engine))
        .scaleIn(0.4);
  }

  private Tensor images(long seed) {
    return HostArray.random(seed, 4, 3, 6, 6).on(engine);
  }

  private static double[] output(Network network, Tensor x, Mode mode) {
    try (Activations pass = network.forward(x, mode, false)) {
      return pass.output().toDoubles();
    }
  }

  @Test
  void vectorsFollowTheLayout() {
    try (Network network = engine.network(Specs.residual())) {
      SegmentLayout layout = SegmentLayout.of(Specs.residual());
      assertThat(network.layout()).isEqualTo(layout);
      assertThat(network.parameters().shape()).containsExactly(layout.parameterCount());
      assertThat(network.gradients().shape()).containsExactly(layout.parameterCount());
      assertThat(network.statistics().shape()).containsExactly(layout.statisticCount());
      assertThat(network.parameters().toDoubles()).containsOnly(0);
      assertThat(network.gradients().toDoubles()).containsOnly(0);
      Segments.byName(layout.statistics(), network.statistics())
          .forEach(
              (name, values) ->
                  assertThat(values.values()).containsOnly(name.endsWith("running_var") ? 1 : 0));
    }
  }

  @Test
  void writingParametersChangesTheNextPass() {
    try (Network network =
        engine.network(vector("fc", 2, named("fc", new Layer.Linear(2, 1, true))))) {
      Tensor x = engine.tensor(new double[] {1, 10}, 1, 2);
      network.parameters().copyIn(engine.tensor(new double[] {1, 2, 3}, 3));
      assertThat(output(network, x, Mode.EVAL)).containsExactly(24);
      network.parameters().lerpIn(engine.zeros(3), 0.5);
      assertThat(output(network, x, Mode.EVAL)).containsExactly(12);
      network.parameters().addIn(1, engine.tensor(new double[] {0, 0, 1}, 3));
      assertThat(output(network, x, Mode.EVAL)).containsExactly(13);
      network.parameters().slice(0, 0, 1).fillIn(0);
      assertThat(output(network, x, Mode.EVAL)).containsExactly(12.5);
    }
  }

  @Test
  void trainingLowersTheLoss() {
    try (Network network = residual()) {
      Tensor x = images(2);
      double first = 0;
      double last = 0;
      for (int step = 0; step < 20; step++) {
        try (Activations pass = network.forward(x, Mode.TRAIN)) {
          Tensor y = pass.output();
          last = y.mul(y).mean(false).item();
          first = step == 0 ? last : first;
          network.clearGradients();
          pass.backward(y.mul(2.0 / y.size()), false);
          network.parameters().addIn(-0.05, network.gradients());
        }
      }
      assertThat(last).isLessThan(first / 2);
    }
  }

  @Test
  void gradientsAccumulateUntilCleared() {
    try (Network network = residual()) {
      Tensor x = images(3);
      Tensor once = gradientOf(network, x).copy();
      Tensor gradient = gradientOf(network, x);
      assertClose(gradient, HostArray.of(once.mul(2)), 1e-12);
      network.clearGradients();
      assertThat(network.gradients().toDoubles()).containsOnly(0);
      gradientOf(network, x);
      assertClose(network.gradients(), HostArray.of(once), 1e-12);
      assertThat(once.abs().sum(false).item()).isPositive();
    }
  }

  private Tensor gradientOf(Network network, Tensor x) {
    try (Activations pass = network.forward(x, Mode.TRAIN_FROZEN_STATS)) {
      pass.backward(HostArray.random(4, 4, 5).on(engine), false);
    }
    return network.gradients();
  }

  @Test
  void statisticsMoveOncePerTrainingPassAlone() {
    try (Network network = residual();
        Network twin = residual()) {
      Tensor x = images(5);
      double[] start = network.statistics().toDoubles();
      double[] frozen = output(network, x, Mode.TRAIN_FROZEN_STATS);
      output(network, x, Mode.EVAL);
      assertThat(network.statistics().toDoubles()).containsExactly(start);
      double[] train = output(network, x, Mode.TRAIN);
      assertClose(train, frozen, 1e-12);
      double[] once = network.statistics().toDoubles();
      assertThat(once).isNotEqualTo(start);
      try (Activations pass = twin.forward(x, Mode.TRAIN)) {
        pass.backward(engine.zeros(4, 5), true);
      }
      assertClose(twin.statistics().toDoubles(), once, 1e-12);
      output(network, x, Mode.TRAIN);
      assertThat(network.statistics().toDoubles()).isNotEqualTo(once);
      assertThat(output(network, x, Mode.EVAL)).isNotEqualTo(train);
    }
  }

  @Test
  void severalPassesAreLiveAtATime() {
    try (Network network = residual()) {
      HostArray r = HostArray.random(6, 4, 5);
      List<double[]> alone = new ArrayList<>();
      for (long seed = 7; seed < 10; seed++) {
        try (Activations pass = network.forward(images(seed), Mode.TRAIN)) {
          alone.add(backward(network, pass, r));
        }
      }
      try (Activations a = network.forward(images(7), Mode.TRAIN);
          Activations b = network.forward(images(8), Mode.TRAIN);
          Activations c = network.forward(images(9), Mode.TRAIN)) {
        output(network, images(10), Mode.TRAIN);
        assertClose(backward(network, b, r), alone.get(1), 1e-12);
        assertClose(backward(network, a, r), alone.get(0), 1e-12);
        assertClose(backward(network, c, r), alone.get(2), 1e-12);
      }
    }
  }

  private double[] backward(Network network, Activations pass, HostArray r) {
    network.clearGradients();
    pass.backward(r.on(engine), false);
    return network.gradients().toDoubles();
  }

  @Test
  void tapsAreTheChildrensOutputs() {
    try (Network network = residual();
        Activations pass = network.forward(images(11), Mode.EVAL)) {
      assertThat(pass.tap("block1").shape()).containsExactly(4, 4, 6, 6);
      assertThat(pass.tap("block2").shape()).containsExactly(4, 6, 3, 3);
      assertThat(pass.tap("block2")).isSameAs(pass.tap("block2"));
      assertThat(pass.tap(Activations.OUTPUT)).isSameAs(pass.output());
      assertThatThrownBy(() -> pass.tap("block3"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("block3")
          .hasMessageContaining("[block1, block2, output]");
      // Block 2 ends in a ReLU, the pool is a mean, so the tap determines the output.
      Tensor pooled = pass.tap("block2").mean(false, 2, 3);
      Map<String, HostArray> p =
          Segments.byName(network.layout().parameters(), network.parameters());
      Tensor expected =
          pooled
              .matmul(p.get("fc.weight").on(engine).permute(1, 0))
              .add(p.get("fc.bias").on(engine));
      assertClose(pass.output(), HostArray.of(expected), 1e-12);
    }
  }

  @Test
  void aTransformersTapsAreMapsOfItsPatches() {
    try (Network network = engine.network(Specs.transformer())) {
      randomize(network, 11);
      int features = OutputFeatures.of(network.spec());
      try (Activations pass = network.forward(images(11), Mode.EVAL)) {
        assertThat(pass.output().shape()).containsExactly(4, features);
        for (String stage : ResNets.STAGES) {
          assertThat(pass.tap(stage).shape()).containsExactly(4, features, 3, 3);
        }
        // Both lie behind the first of two blocks.
        assertClose(pass.tap("layer1"), HostArray.of(pass.tap("layer2")), 0);
      }
      try (Activations pass = network.forward(engine.zeros(2, 3, 10, 10), Mode.EVAL)) {
        assertThat(pass.tap("layer3").shape()).containsExactly(2, features, 5, 5);
      }
      assertWrong("square", () -> network.forward(engine.zeros(2, 3, 4, 6), Mode.EVAL));
    }
  }

  @Test
  void gradientsEnterAtAnyTap() {
    try (Network network = residual()) {
      HostArray middle = HostArray.random(12, 4, 4, 6, 6);
      HostArray end = HostArray.random(13, 4, 5);
      double[] byMiddle = at(network, Map.of("block1", middle));
      double[] byEnd = at(network, Map.of(Activations.OUTPUT, end));
      double[] both = at(network, Map.of("block1", middle, Activations.OUTPUT, end));
      for (int i = 0; i < both.length; i++) {
        byMiddle[i] += byEnd[i];
      }
      assertClose(both, byMiddle, 1e-11);
      // Layers after a tap do not move by it.
      double[] alone = at(network, Map.of("block1", middle));
      Segment fc = network.layout().parameters().get(network.layout().parameters().size() - 1);
      assertThat(alone[(int) fc.offset()]).isZero();
    }
  }

  /** Parameters' gradients, then the input's. */
  private double[] at(Network network, Map<String, HostArray> gradients) {
    network.clearGradients();
    try (Activations pass = network.forward(images(14), Mode.TRAIN)) {
      var given = new java.util.HashMap<String, Tensor>();
      gradients.forEach((name, values) -> given.put(name, values.on(engine)));
      Tensor input = pass.backward(given, true, true);
      assertThat(input).isNotNull();
      return engine.concat(0, List.of(network.gradients(), input.reshape(-1))).toDoubles();
    }
  }

  @Test
  void aTapCanBeTheOutput() {
    var spec = tapped(vector("fc", 2, named("fc", new Layer.Linear(2, 2, false))), "fc");
    try (Network network = engine.network(spec);
        Activations pass = network.forward(engine.tensor(new double[] {1, 2}, 1, 2), Mode.TRAIN)) {
      Tensor one = engine.tensor(new double[] {1, 0}, 1, 2);
      pass.backward(Map.of("fc", one, Activations.OUTPUT, one), false, true);
      assertThat(network.gradients().toDoubles()).containsExactly(2, 4, 0, 0);
    }
  }

  @Test
  void theInputsDerivativeAloneLeavesGradientsAsTheyAre() {
    try (Network network = residual()) {
      HostArray r = HostArray.random(15, 4, 5);
      double[] expected;
      try (Activations pass = network.forward(images(16), Mode.TRAIN)) {
        Tensor input = pass.backward(r.on(engine), true);
        assertThat(input).isNotNull();
        expected = input.toDoubles();
      }
      double[] gradients = network.gradients().toDoubles();
      try (Activations pass = network.forward(images(16), Mode.TRAIN)) {
        Tensor input = pass.backward(Map.of(Activations.OUTPUT, r.on(engine)), true, false);
        assertThat(input).isNotNull();
        assertClose(input.toDoubles(), expected, 1e-12);
        assertThat(network.gradients().toDoubles()).containsExactly(gradients);
      }
      try (Activations pass = network.forward(images(16), Mode.TRAIN)) {
        assertThat(pass.backward(Map.of(Activations.OUTPUT, r.on(engine)), false, false)).isNull();
        assertThat(network.gradients().toDoubles()).containsExactly(gradients);
      }
    }
  }

  @Test
  void networksChain() {
    try (Network first =
            engine.network(
                vector(
                    "a",
                    3,
                    named("fc", new Layer.Linear(3, 4, true)),
                    named("t", new Layer.Tanh())));
        Network second = engine.network(vector("b", 4, named("fc", new Layer.Linear(4, 2, true))));
        Network whole =
            engine.network(
                vector(
                    "ab",
                    3,
                    named("a", new Layer.Linear(3, 4, true)),
                    named("t", new Layer.Tanh()),
                    named("b", new Layer.Linear(4, 2, true))))) {
      randomize(whole, 17);
      first.parameters().copyIn(whole.parameters().slice(0, 0, 16));
      second.parameters().copyIn(whole.parameters().slice(0, 16, 26));
      Tensor x = HostArray.random(18, 5, 3).on(engine);
      Tensor r = HostArray.random(19, 5, 2).on(engine);
      try (Activations a = first.forward(x, Mode.TRAIN);
          Activations b = second.forward(a.output(), Mode.TRAIN);
          Activations ab = whole.forward(x, Mode.TRAIN)) {
        Tensor middle = b.backward(r, true);
        assertThat(middle).isNotNull();
        a.backward(middle, false);
        ab.backward(r, false);
      }
      Tensor chained = engine.concat(0, List.of(first.gradients(), second.gradients()));
      assertClose(chained, HostArray.of(whole.gradients()), 1e-12);
    }
  }

  @Test
  void aNetworkWithoutParametersGoesBack() {
    try (Network network = engine.network(vector("unit", 2, named("n", new Layer.L2Normalize())));
        Activations pass = network.forward(engine.tensor(new double[] {3, 4}, 1, 2), Mode.TRAIN)) {
      assertThat(network.parameters().shape()).containsExactly(0);
      Tensor input = pass.backward(engine.tensor(new double[] {1, 0}, 1, 2), true);
      assertThat(input).isNotNull();
      assertClose(input.toDoubles(), new double[] {16 / 125.0, -12 / 125.0}, 1e-12);
    }
  }

  @Test
  void imagesOfOtherSizesRun() {
    try (Network network = residual();
        Activations pass = network.forward(engine.zeros(2, 3, 9, 5), Mode.EVAL)) {
      assertThat(pass.output().shape()).containsExactly(2, 5);
    }
  }

  @Test
  void theInputStaysAsItIs() {
    try (Network network = engine.network(image("relu", 1, 2, named("relu", new Layer.Relu())))) {
      HostArray x = HostArray.random(20, 1, 1, 2, 2);
      Tensor input = x.on(engine);
      output(network, input, Mode.EVAL);
      assertSame(input, x);
    }
  }

  @Test
  void misuseIsNamed() {
    try (Network network = residual();
        Activations pass = network.forward(images(21), Mode.TRAIN)) {
      Tensor r = engine.zeros(4, 5);
      assertWrong("[4, 5]", () -> pass.backward(engine.zeros(5, 4), false));
      assertWrong("nothing", () -> pass.backward(Map.of("nothing", r), false, true));
      assertWrong("no gradients", () -> pass.backward(Map.of(), true, true));
      pass.backward(r, false);
      assertThatThrownBy(() -> pass.backward(r, false))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("small");
      try (Activations graphless = network.forward(images(21), Mode.EVAL)) {
        assertThatThrownBy(() -> graphless.backward(r, false))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("graph");
      }
      Activations closed = network.forward(images(21), Mode.TRAIN);
      Tensor output = closed.output();
      closed.close();
      closed.close();
      assertThatThrownBy(closed::output).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(output::toDoubles).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> closed.backward(r, false)).isInstanceOf(IllegalStateException.class);
      assertWrong(
          "small: input shape is [4, 2, 6, 6]: expected [batch, 3, 6, 6]",
          () -> network.forward(engine.zeros(4, 2, 6, 6), Mode.EVAL));
      assertWrong("small", () -> network.forward(engine.zeros(4, 3), Mode.EVAL));
    }
  }

  @Test
  void aBatchOfOneHasNoVariance() {
    try (Network network = engine.network(vector("head", 3, named("bn", Layer.BatchNorm.of(3))))) {
      assertWrong("head.bn", () -> network.forward(engine.zeros(1, 3), Mode.TRAIN));
      assertThat(output(network, engine.zeros(1, 3), Mode.EVAL)).hasSize(3);
    }
  }

  @Test
  void aMisspecifiedLayerIsNamed() {
    try (Network network =
        engine.network(
            vector(
                "head",
                3,
                named("a", new Layer.Linear(3, 4, true)),
                named("b", new Layer.Linear(5, 2, true))))) {
      assertWrong("head.b on [2, 4]", () -> network.forward(engine.zeros(2, 3), Mode.EVAL));
    }
  }

  private static void assertWrong(
      String words, org.assertj.core.api.ThrowableAssert.ThrowingCallable work) {
    assertThatThrownBy(work)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(words);
  }

  /** Whether the same arithmetic gives the same bits again, as it must on a CPU. */
  protected boolean bitwiseRepeatable() {
    return true;
  }

  @Test
  void runsAreRepeatable() {
    double[] first = trained();
    double tolerance = bitwiseRepeatable() ? 0 : 1e-9;
    assertClose(trained(), first, tolerance);
    assertClose(CompletableFuture.supplyAsync(this::trained).join(), first, tolerance);
  }

  @Test
  void aTransformersRunsAreRepeatable() {
    double[] first = trained(Specs.transformer());
    assertClose(trained(Specs.transformer()), first, bitwiseRepeatable() ? 0 : 1e-9);
  }

  private double[] trained() {
    return trained(Specs.residual());
  }

  private double[] trained(NetworkSpec spec) {
    try (Scope own = engine.scope();
        Network network = engine.network(spec)) {
      randomize(network, 1);
      for (int step = 0; step < 3; step++) {
        try (Activations pass = network.forward(images(30 + step), Mode.TRAIN)) {
          network.clearGradients();
          pass.backward(pass.output(), false);
          network.parameters().addIn(-0.01, network.gradients());
        }
      }
      return engine.concat(0, List.of(network.parameters(), network.statistics())).toDoubles();
    }
  }

  @Test
  void halfPrecisionNeverSurfacesAndStaysClose() {
    if (!underTest().hasHalfPrecision()) {
      assertWrong("bf16", () -> open(Precision.BF16));
      return;
    }
    halfPrecision(Specs.residual(), "block1", 0.05);
    halfPrecision(Specs.transformer(), "layer2", 0.05);
  }

  private void halfPrecision(NetworkSpec spec, String tap, double tolerance) {
    double[] single = outputsAndGradients(Precision.FLOAT32, spec, tap);
    double[] half = outputsAndGradients(Precision.BF16, spec, tap);
    double difference = 0;
    double size = 0;
    for (int i = 0; i < single.length; i++) {
      difference += Math.pow(single[i] - half[i], 2);
      size += single[i] * single[i];
    }
    assertThat(Math.sqrt(difference / size)).isLessThan(tolerance).isPositive();
  }

  private double[] outputsAndGradients(Precision precision, NetworkSpec spec, String tap) {
    try (Engine other = open(precision);
        Scope own = other.scope();
        Network network = other.network(spec)) {
      network
          .parameters()
          .copyIn(HostArray.random(1, network.layout().parameterCount()).on(other))
          .scaleIn(0.4);
      try (Activations pass =
          network.forward(HostArray.random(22, 4, 3, 6, 6).on(other), Mode.TRAIN)) {
        assertThat(pass.output().dtype()).isEqualTo(DType.FLOAT32);
        assertThat(pass.tap(tap).toFloats()).hasSize((int) pass.tap(tap).size());
        HostArray r = HostArray.random(23, pass.output().shape());
        Tensor input = pass.backward(r.on(other), true);
        assertThat(input).isNotNull();
        return other
            .concat(0, List.of(pass.output().reshape(-1), network.gradients(), input.reshape(-1)))
            .toDoubles();
      }
    }
  }
}
