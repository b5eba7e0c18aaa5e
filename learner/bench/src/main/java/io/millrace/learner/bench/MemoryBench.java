package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Whether native memory grows as a method goes on learning. */
@Command(name = "memory", description = "Resident memory over many training steps.")
final class MemoryBench extends Benchmark {
  @Option(
      names = "--steps",
      defaultValue = "2000",
      description = "Steps after warm-up (default ${DEFAULT-VALUE}).")
  int steps;

  @Option(
      names = "--warm-up",
      defaultValue = "200",
      description = "Steps before (default ${DEFAULT-VALUE}).")
  int warmUp;

  @Override
  Result measure() throws Exception {
    var rows = new ArrayList<Map<String, Object>>();
    for (String name : Methods.fromImagesAlone()) {
      rows.add(of(name));
    }
    return new Result(
        "memory",
        "Resident memory over " + steps + " steps (ResNet-18, width 0.125, batches of 16)",
        rows);
  }

  private Map<String, Object> of(String name) throws IOException {
    ModelSettings model =
        ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(0.125));
    Method method = Methods.create(name, model);
    try (Engine engine =
            Engines.open("torch", new EngineOptions("cpu", Precision.FLOAT32, true, 0));
        MethodState state = method.initialize(engine)) {
      for (int i = 0; i < warmUp; i++) {
        method.step(batch(i), state);
      }
      System.gc();
      long before = Machine.residentBytes();
      for (int i = warmUp; i < warmUp + steps; i++) {
        method.step(batch(i), state);
      }
      System.gc();
      long after = Machine.residentBytes();
      return row(
          "method",
          name,
          "before, MiB",
          before >> 20,
          "after, MiB",
          after >> 20,
          "growth, %",
          100.0 * (after - before) / before);
    }
  }

  private static ImageBatch batch(long step) {
    KeyedRandom random = KeyedRandom.of(1, "bench", step, 0);
    var ids = new ArrayList<String>();
    List<PixelImage> images = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      byte[] rgb = new byte[32 * 32 * 3];
      for (int k = 0; k < rgb.length; k++) {
        rgb[k] = (byte) random.nextInt(256);
      }
      ids.add(step + "-" + i);
      images.add(new PixelImage(32, 32, rgb));
    }
    return new ImageBatch(step, IdentifiedImage.zip(ids, images));
  }
}
