package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.tensor.VisionTransformers;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Native memory is freed when its owner closes, not when the collector comes by. */
class NativeMemoryTest {
  private static final int STEPS = 120;

  /** One step's activations are about 4 MB, so a leak of one tensor a step shows. */
  private static final NetworkSpec SPEC =
      new NetworkSpec(
          "small",
          List.of(3, 16, 16),
          List.of(
              new Layer.Named("conv1", new Layer.Conv2d(3, 8, 3, 1, 1, false)),
              new Layer.Named("bn1", Layer.BatchNorm.of(8)),
              new Layer.Named("relu", new Layer.Relu()),
              new Layer.Named(
                  "block",
                  new Layer.Residual(
                      List.of(
                          new Layer.Named("conv", new Layer.Conv2d(8, 8, 3, 1, 1, false)),
                          new Layer.Named("bn", Layer.BatchNorm.of(8))),
                      List.of())),
              new Layer.Named("pool", new Layer.GlobalAveragePool()),
              new Layer.Named("fc", new Layer.Linear(8, 4, true)),
              new Layer.Named("unit", new Layer.L2Normalize())),
          Set.of("block"));

  /** With positions learned for a smaller grid, so that each pass resamples them. */
  private static final NetworkSpec TRANSFORMER =
      VisionTransformers.spec("vit", "vit-tiny", 0.125, 1, 4, 8);

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT32", "BF16"})
  void stepsLeaveNothingBehind(Precision precision) {
    stepsLeaveNothingBehind(precision, SPEC, "block", STEPS);
    stepsLeaveNothingBehind(precision, TRANSFORMER, "layer2", STEPS / 4);
  }

  private static void stepsLeaveNothingBehind(
      Precision precision, NetworkSpec spec, String tap, int steps) {
    try (Engine engine = TestEngines.cpu(precision);
        Network network = engine.network(spec);
        Tensor images = engine.zeros(32, 3, 16, 16)) {
      Initializer.initialize(engine, network, 1);
      images.fillIn(0.5).slice(0, 0, 16).close();
      for (int i = 0; i < steps / 3; i++) {
        step(engine, network, images, tap);
      }
      long objects = Pointer.totalCount();
      long resident = Pointer.physicalBytes();
      for (int i = 0; i < steps; i++) {
        step(engine, network, images, tap);
      }
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(objects);
      assertThat(Pointer.physicalBytes() - resident).isLessThan(32L << 20);
    }
  }

  private static void step(Engine engine, Network network, Tensor images, String tap) {
    try (Scope scope = engine.scope();
        Activations teacher = network.forward(images, Mode.EVAL);
        Activations first = network.forward(images, Mode.TRAIN);
        Activations second = network.forward(images, Mode.TRAIN_FROZEN_STATS)) {
      Tensor difference = first.output().sub(teacher.output());
      network.clearGradients();
      first.backward(Map.of(Activations.OUTPUT, difference, tap, first.tap(tap)), true, true);
      second.backward(Map.of(Activations.OUTPUT, difference), true, false);
      network.parameters().addIn(-0.01, network.gradients());
      difference.toFloats();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT32", "BF16"})
  void openingAndClosingLeavesNothingBehind(Precision precision) {
    openAndClose(precision);
    long objects = Pointer.totalCount();
    for (int i = 0; i < 20; i++) {
      openAndClose(precision);
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(objects);
  }

  private static void openAndClose(Precision precision) {
    try (Engine engine = TestEngines.cpu(precision);
        Scope scope = engine.scope();
        Network network = engine.network(SPEC)) {
      Tensor images = engine.zeros(2, 3, 16, 16);
      network.forward(images, Mode.TRAIN).close();
      try {
        network.forward(engine.zeros(2, 3, 16), Mode.EVAL);
      } catch (IllegalArgumentException expected) {
        // A pass that fails leaves nothing either.
      }
    }
  }
}
