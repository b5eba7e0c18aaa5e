package io.millrace.learner.tensor;

import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/** Small specifications for the contracts. */
final class Specs {
  private Specs() {}

  static Layer.Named named(String name, Layer layer) {
    return new Layer.Named(name, layer);
  }

  static NetworkSpec vector(String name, int features, Layer.Named... children) {
    return new NetworkSpec(name, List.of(features), List.of(children), Set.of());
  }

  static NetworkSpec image(String name, int channels, int side, Layer.Named... children) {
    return new NetworkSpec(name, List.of(channels, side, side), List.of(children), Set.of());
  }

  /** Over inputs of this whole shape, the batch first. */
  static NetworkSpec lengths(String name, long[] shape, Layer.Named... children) {
    List<Integer> input = LongStream.of(shape).skip(1).mapToObj(Math::toIntExact).toList();
    return new NetworkSpec(name, input, List.of(children), Set.of());
  }

  /** A small vision transformer over [batch, 3, 6, 6] with patches of 2 pixels and four taps. */
  static NetworkSpec transformer() {
    return VisionTransformers.spec("vit", "vit-tiny", 0.03125, 2, 2, 6);
  }

  static NetworkSpec tapped(NetworkSpec spec, String... taps) {
    return new NetworkSpec(spec.name(), spec.input(), spec.children(), Set.of(taps));
  }

  /** A small residual network over [batch, 3, h, w] that taps {@code block1} and {@code block2}. */
  static NetworkSpec residual() {
    var first =
        new Layer.Residual(
            List.of(
                named("conv1", new Layer.Conv2d(4, 4, 3, 1, 1, false)),
                named("bn1", Layer.BatchNorm.of(4)),
                named("relu", new Layer.Relu()),
                named("conv2", new Layer.Conv2d(4, 4, 3, 1, 1, false)),
                named("bn2", Layer.BatchNorm.of(4))),
            List.of());
    var second =
        new Layer.Residual(
            List.of(
                named("conv1", new Layer.Conv2d(4, 6, 3, 2, 1, false)),
                named("bn1", Layer.BatchNorm.of(6))),
            List.of(
                named("downsample.0", new Layer.Conv2d(4, 6, 1, 2, 0, false)),
                named("downsample.1", Layer.BatchNorm.of(6))));
    return tapped(
        image(
            "small",
            3,
            6,
            named("conv1", new Layer.Conv2d(3, 4, 3, 1, 1, false)),
            named("bn1", Layer.BatchNorm.of(4)),
            named("relu", new Layer.Relu()),
            named(
                "block1",
                new Layer.Sequential(List.of(named("", first), named("relu", new Layer.Relu())))),
            named(
                "block2",
                new Layer.Sequential(List.of(named("", second), named("relu", new Layer.Relu())))),
            named("pool", new Layer.GlobalAveragePool()),
            named("fc", new Layer.Linear(6, 5, true))),
        "block1",
        "block2");
  }
}
