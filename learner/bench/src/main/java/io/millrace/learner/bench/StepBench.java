package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ResNets;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.torch.DirectResNet18;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What the engine port costs, and what bfloat16 and channels-last bring. */
@Command(
    name = "step",
    description = "ResNet-18 training steps: through the port, directly on libtorch, in bfloat16.")
final class StepBench extends Benchmark {
  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "Timed rounds (default ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--device",
      defaultValue = "cpu",
      description = "cpu or cuda:N (default ${DEFAULT-VALUE}).")
  String device;

  @Override
  Result measure() throws Exception {
    var rows = new ArrayList<Map<String, Object>>();
    for (double width : List.of(0.25, 1.0)) {
      int batch = width < 1 ? 128 : 64;
      if (device.equals("cpu")) {
        rows.add(portAgainstDirect(width, batch));
      }
      rows.add(against("channels-last ÷ contiguous, float32", width, batch, Precision.FLOAT32));
      if (!device.equals("cpu") || Machine.hasBf16()) {
        rows.add(against("bf16 channels-last ÷ float32 contiguous", width, batch, Precision.BF16));
      }
    }
    return new Result(
        device.equals("cpu") ? "step" : "step-gpu",
        "ResNet-18 at 32×32, forward, backward and SGD with momentum; speed ratio, over 1 is faster"
            + (Machine.hasBf16() ? "" : " (this CPU has no bfloat16 arithmetic: not measured)"),
        rows);
  }

  private Map<String, Object> portAgainstDirect(double width, int batch) throws Exception {
    float[] images = images(batch);
    try (Engine engine = engine(Precision.FLOAT32, false);
        Step port = new Step(engine, width, images, batch);
        var natives = new PointerScope()) {
      var direct = new DirectResNet18((int) (64 * width), 0.01, 0.9);
      var input = torch.tensor(images).reshape(batch, 3, 32, 32);
      Rounds.Pair pair =
          Rounds.pair(
              2,
              rounds,
              () -> {
                try (var step = new PointerScope()) {
                  direct.step(input);
                }
              },
              port::run);
      return speed("port ÷ direct libtorch, float32", width, batch, pair);
    }
  }

  private Map<String, Object> against(String what, double width, int batch, Precision precision)
      throws Exception {
    float[] images = images(batch);
    try (Engine plain = engine(Precision.FLOAT32, false);
        Engine other = engine(precision, true);
        Step a = new Step(plain, width, images, batch);
        Step b = new Step(other, width, images, batch)) {
      return speed(what, width, batch, Rounds.pair(2, rounds, a::run, b::run));
    }
  }

  private static Map<String, Object> speed(String what, double width, int batch, Rounds.Pair pair) {
    return row(
        "comparison", what,
        "width", width,
        "batch", batch,
        "images/s", batch / pair.b(),
        "against, images/s", batch / pair.a(),
        "ratio", 1 / pair.bOverA(),
        "lowest", 1 / pair.high(),
        "highest", 1 / pair.low());
  }

  private Engine engine(Precision precision, boolean channelsLast) {
    return Engines.open("torch", new EngineOptions(device, precision, channelsLast, 0));
  }

  static float[] images(int batch) {
    float[] images = new float[batch * 3 * 32 * 32];
    KeyedRandom random = KeyedRandom.of(1, "bench", "images", 0);
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    return images;
  }

  /** A training step on mean(output²) through the port. */
  static final class Step implements AutoCloseable {
    private final Engine engine;
    private final Network network;
    private final Tensor velocity;
    private final Tensor input;

    /** ResNet-18 at 32 pixels. */
    Step(Engine engine, double width, float[] images, int batch) {
      this(
          engine,
          ResNets.spec("backbone", "resnet18", ResNets.Stem.SMALL, width, 32),
          images,
          batch);
    }

    /**
     * @param images [batch, 3, height, width] as the specification's input says, row by row
     */
    Step(Engine engine, NetworkSpec spec, float[] images, int batch) {
      this.engine = engine;
      this.network = engine.network(spec);
      Initializer.initialize(engine, network, 1);
      this.velocity = engine.zeros(network.layout().parameterCount());
      this.input = engine.tensor(images, batch, 3, spec.input().get(1), spec.input().get(2));
    }

    void run() {
      try (Scope scope = engine.scope();
          Activations pass = network.forward(input, Mode.TRAIN)) {
        Tensor y = pass.output();
        network.clearGradients();
        pass.backward(y.mul(2.0 / y.size()), false);
        velocity.scaleIn(0.9).addIn(1, network.gradients());
        network.parameters().addIn(-0.01, velocity);
        y.mul(y).mean(false).item();
      }
      engine.stepEnded();
      engine.synchronize();
    }

    @Override
    public void close() {
      network.close();
      velocity.close();
      input.close();
    }
  }
}
