package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import java.util.ArrayList;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What the second engine costs: its training step over libtorch's, and whether memory grows. */
@Command(
    name = "engines",
    description = "ResNet-18 training steps on nd4j over torch in one run, and nd4j's memory.")
final class EnginesBench extends Benchmark {
  private static final int BATCH = 64;
  private static final double NARROW = 0.125;
  private static final int FEW = 16;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Timed rounds (default ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--steps",
      defaultValue = "1000",
      description =
          "Steps of the narrow network whose memory is watched (default ${DEFAULT-VALUE}).")
  int steps;

  @Override
  Result measure() throws Exception {
    var rows = new ArrayList<Map<String, Object>>();
    rows.add(of(1, 0));
    rows.add(of(NARROW, steps));
    return new Result(
        "engines",
        "ResNet-18 at 32×32, forward, backward and SGD with momentum in float32: nd4j ÷ torch, over"
            + " 1 is faster; then resident memory over further steps of nd4j in batches of "
            + FEW,
        rows);
  }

  private Map<String, Object> of(double width, int watched) throws Exception {
    Rounds.Pair pair = speed(width);
    long @Nullable [] resident = watched > 0 ? memory(width, watched) : null;
    return row(
        "width",
        width,
        "batch",
        BATCH,
        "nd4j, images/s",
        BATCH / pair.b(),
        "torch, images/s",
        BATCH / pair.a(),
        "ratio",
        1 / pair.bOverA(),
        "lowest",
        1 / pair.high(),
        "highest",
        1 / pair.low(),
        "further steps",
        watched,
        "MiB before",
        resident == null ? "–" : resident[0] >> 20,
        "MiB after",
        resident == null ? "–" : resident[1] >> 20);
  }

  private Rounds.Pair speed(double width) throws Exception {
    float[] images = StepBench.images(BATCH);
    try (Engine torch = engine("torch");
        Engine nd4j = engine("nd4j");
        var a = new StepBench.Step(torch, width, images, BATCH);
        var b = new StepBench.Step(nd4j, width, images, BATCH)) {
      return Rounds.pair(2, rounds, a::run, b::run);
    }
  }

  private static long[] memory(double width, int watched) throws Exception {
    float[] images = StepBench.images(FEW);
    try (Engine nd4j = engine("nd4j");
        var step = new StepBench.Step(nd4j, width, images, FEW)) {
      for (int i = 0; i < watched / 5; i++) {
        step.run();
      }
      System.gc();
      long before = Machine.residentBytes();
      for (int i = 0; i < watched; i++) {
        step.run();
      }
      System.gc();
      return new long[] {before, Machine.residentBytes()};
    }
  }

  private static Engine engine(String name) {
    return Engines.open(name, new EngineOptions("cpu", Precision.FLOAT32, false, 0));
  }
}
