package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.loop.LearnerMetrics;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.ops.metrics.MeteredLearner;
import io.millrace.ops.metrics.Meters;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What it costs to count: an update with meters over one without, and the meters alone. */
@Command(name = "metering", description = "Updates with meters on and off.")
final class MeteringBench extends Benchmark {
  private static final int BATCH = 16;
  private static final int SIDE = 32;
  private static final int CALLS = 20_000;

  @Option(
      names = "--rounds",
      defaultValue = "30",
      description = "Timed rounds of four updates (default ${DEFAULT-VALUE}).")
  int rounds;

  @Override
  Result measure() throws Exception {
    var model =
        new ModelSettings(
            1,
            BackboneSettings.defaults().withWidth(0.125),
            ModelSettings.defaults().preprocessing());
    Method method = Methods.create("byol", model);
    try (Engine engine = Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
        MethodState state = method.initialize(engine);
        var meters = new Meters()) {
      var metered = new MeteredLearner(meters);
      Rounds.Pair pair =
          Rounds.pair(
              5,
              rounds,
              () -> update(method, state, LearnerMetrics.NONE),
              () -> update(method, state, metered));
      StepReport report = method.step(images(0), state);
      long start = System.nanoTime();
      for (int i = 0; i < CALLS; i++) {
        metered.updated(report, false, 1_000_000);
      }
      double each = (System.nanoTime() - start) / 1e9 / CALLS;
      return new Result(
          "metering",
          "BYOL updates of " + BATCH + " images at width 0.125 with meters on ÷ off",
          List.of(
              row(
                  "update, ms",
                  pair.a() * 1e3,
                  "with meters, ms",
                  pair.b() * 1e3,
                  "on ÷ off",
                  pair.bOverA(),
                  "lowest",
                  pair.low(),
                  "highest",
                  pair.high(),
                  "meters of one update alone, µs",
                  each * 1e6,
                  "their share of the update",
                  each / pair.a())));
    }
  }

  private static void update(Method method, MethodState state, LearnerMetrics metrics) {
    long start = System.nanoTime();
    StepReport report = method.step(images(1), state);
    metrics.waited(1000);
    metrics.consumed(BATCH, 0, 0, 0, 0);
    metrics.updated(report, false, System.nanoTime() - start);
  }

  private static ImageBatch images(long step) {
    var ids = IntStream.range(0, BATCH).mapToObj(i -> "image-" + i).toList();
    var images = new ArrayList<PixelImage>();
    for (int i = 0; i < BATCH; i++) {
      KeyedRandom random = KeyedRandom.of(1, "bench", "metering", i);
      byte[] rgb = new byte[3 * SIDE * SIDE];
      for (int p = 0; p < rgb.length; p++) {
        rgb[p] = (byte) random.nextInt(256);
      }
      images.add(new PixelImage(SIDE, SIDE, rgb));
    }
    return new ImageBatch(step, IdentifiedImage.zip(ids, images));
  }
}
