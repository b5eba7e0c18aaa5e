package io.millrace.learner.tensor;

import io.millrace.learner.tensor.Layer.BatchNorm;
import io.millrace.learner.tensor.Layer.Conv2d;
import io.millrace.learner.tensor.Layer.Gelu;
import io.millrace.learner.tensor.Layer.L2Normalize;
import io.millrace.learner.tensor.Layer.LeakyRelu;
import io.millrace.learner.tensor.Layer.Linear;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.Layer.Relu;
import io.millrace.learner.tensor.Layer.Upsample;
import io.millrace.learner.tensor.Layer.WeightNormLinear;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Small networks on top of a backbone. */
public final class Heads {
  private Heads() {}

  /** One linear layer with bias: a classifier. Parameters: weight, bias. */
  public static NetworkSpec linear(String name, int in, int out) {
    return new NetworkSpec(
        name, List.of(in), List.of(new Named("", new Linear(in, out, true))), Set.of());
  }

  /** Linear → leaky ReLU → linear: the end of a discriminator. */
  public static NetworkSpec leaky(String name, int in, int hidden, int out) {
    return new NetworkSpec(
        name,
        List.of(in),
        List.of(
            new Named("0", new Linear(in, hidden, true)),
            new Named("1", new LeakyRelu(0.2)),
            new Named("2", new Linear(hidden, out, true))),
        Set.of());
  }

  /**
   * Scores against prototypes of unit length, without bias: BoWNet's prediction layer, DINO's last
   * one.
   */
  public static NetworkSpec prototypes(String name, int in, int prototypes) {
    return new NetworkSpec(
        name, List.of(in), List.of(new Named("0", new WeightNormLinear(in, prototypes))), Set.of());
  }

  /** Linear → batch normalization → ReLU → linear: BYOL's projector and predictor. */
  public static NetworkSpec mlp(String name, int in, int hidden, int out) {
    return new NetworkSpec(
        name,
        List.of(in),
        List.of(
            new Named("0", new Linear(in, hidden, true)),
            new Named("1", BatchNorm.of(hidden)),
            new Named("2", new Relu()),
            new Named("3", new Linear(hidden, out, true))),
        Set.of());
  }

  /**
   * Guesses at each place of an enlarged map: 1×1 convolution → batch normalization → ReLU →
   * enlargement → 3×3 convolution → batch normalization → ReLU → 1×1 convolution. Maps in, [batch,
   * out, height · factor, width · factor] out.
   */
  public static NetworkSpec decoder(String name, int in, int hidden, int factor, int out) {
    return new NetworkSpec(
        name,
        List.of(in, 1, 1),
        List.of(
            new Named("0", new Conv2d(in, hidden, 1, 1, 0, false)),
            new Named("1", BatchNorm.of(hidden)),
            new Named("2", new Relu()),
            new Named("3", new Upsample(factor)),
            new Named("4", new Conv2d(hidden, hidden, 3, 1, 1, false)),
            new Named("5", BatchNorm.of(hidden)),
            new Named("6", new Relu()),
            new Named("7", new Conv2d(hidden, out, 1, 1, 0, true))),
        Set.of());
  }

  /**
   * OBoW's weight generator: L2 → linear without bias → batch normalization → ReLU → linear → L2,
   * from visual words [words, in] to prediction weights [words, out].
   */
  public static NetworkSpec weightGenerator(String name, int in, int hidden, int out) {
    return new NetworkSpec(
        name,
        List.of(in),
        List.of(
            new Named("l2norm_in", new L2Normalize()),
            new Named("fc", new Linear(in, hidden, false)),
            new Named("bn", BatchNorm.of(hidden)),
            new Named("rl", new Relu()),
            new Named("last_layer", new Linear(hidden, out, true)),
            new Named("l2norm_out", new L2Normalize())),
        Set.of());
  }

  /** The same linear → batch normalization → ReLU → linear at each cell of a feature map. */
  public static NetworkSpec cellwise(String name, int in, int hidden, int out) {
    return new NetworkSpec(
        name,
        List.of(in, 1, 1),
        List.of(
            new Named("0", new Conv2d(in, hidden, 1, 1, 0, true)),
            new Named("1", BatchNorm.of(hidden)),
            new Named("2", new Relu()),
            new Named("3", new Conv2d(hidden, out, 1, 1, 0, true))),
        Set.of());
  }

  /**
   * Linear without bias → batch normalization → ReLU, all but once as often as there are layers;
   * then linear. Barlow Twins' and VICReg's projector.
   *
   * @param layers linear layers, 1 or more
   */
  public static NetworkSpec projector(String name, int in, int hidden, int out, int layers) {
    List<Named> children = hiddenLayers(in, hidden, layers);
    children.add(new Named("out", new Linear(layers == 1 ? in : hidden, out, true)));
    return new NetworkSpec(name, List.of(in), children, Set.of());
  }

  /** The same, its output normalized without weight and bias: SimSiam's projector. */
  public static NetworkSpec normalizedProjector(
      String name, int in, int hidden, int out, int layers) {
    List<Named> children = hiddenLayers(in, hidden, layers);
    children.add(new Named("out", new Linear(layers == 1 ? in : hidden, out, false)));
    children.add(new Named("bn", new BatchNorm(out, false, 0.1, 1e-5)));
    return new NetworkSpec(name, List.of(in), children, Set.of());
  }

  private static List<Named> hiddenLayers(int in, int hidden, int layers) {
    var children = new ArrayList<Named>();
    for (int i = 0; i < layers - 1; i++) {
      children.add(new Named("fc" + i, new Linear(i == 0 ? in : hidden, hidden, false)));
      children.add(new Named("bn" + i, BatchNorm.of(hidden)));
      children.add(new Named("relu" + i, new Relu()));
    }
    return children;
  }

  /** Linear → ReLU → linear: MoCo's head, without normalization over the batch. */
  public static NetworkSpec perceptron(String name, int in, int hidden, int out) {
    return new NetworkSpec(
        name,
        List.of(in),
        List.of(
            new Named("0", new Linear(in, hidden, true)),
            new Named("1", new Relu()),
            new Named("2", new Linear(hidden, out, true))),
        Set.of());
  }

  /** Linear → GELU → linear → GELU → linear → L2: DINO's head below its prototypes. */
  public static NetworkSpec bottleneck(String name, int in, int hidden, int out) {
    return new NetworkSpec(
        name,
        List.of(in),
        List.of(
            new Named("mlp.0", new Linear(in, hidden, true)),
            new Named("mlp.1", new Gelu()),
            new Named("mlp.2", new Linear(hidden, hidden, true)),
            new Named("mlp.3", new Gelu()),
            new Named("mlp.4", new Linear(hidden, out, true)),
            new Named("l2norm", new L2Normalize())),
        Set.of());
  }
}
