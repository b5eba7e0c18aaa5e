package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.settings.Spelling;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * One row of {@code learner/bench/gpu}, in a process of its own, so that its memory is its own and
 * one that does not fit ends no other. Prints one line of JSON.
 */
@Command(
    name = "gpu-step",
    hidden = true,
    description = "Times one training step on a device; learner/bench/gpu calls it.")
final class GpuStep implements Callable<Integer> {
  /** Updates before the clock starts: memory is laid out, kernels are chosen. */
  private static final int WARM_UP = 3;

  private static final int LEAST_STEPS = 3;

  /** What is trained on; {@code gpu.py} has the same. */
  enum Case {
    /** ResNet-18 with the small stem at 32 pixels. */
    RESNET18,
    /** ResNet-50 at 224 pixels, by the presets for photographs. */
    RESNET50
  }

  /** {@code network}: forward, backward and SGD on mean(output²); else a method's whole update. */
  enum Work {
    NETWORK,
    BYOL,
    OBOW
  }

  @Option(names = "--case", required = true)
  Case network = Case.RESNET18;

  @Option(names = "--work", required = true)
  Work work = Work.NETWORK;

  @Option(names = "--precision", required = true)
  Precision precision = Precision.FLOAT32;

  @Option(names = "--channels-last")
  boolean channelsLast;

  @Option(names = "--device", required = true)
  String device = "cpu";

  @Option(names = "--batch", required = true)
  int batch;

  @Option(names = "--width", required = true)
  double width;

  @Option(names = "--seconds", required = true)
  double seconds;

  @Override
  public Integer call() throws Exception {
    try (Engine engine =
        Engines.open("torch", new EngineOptions(device, precision, channelsLast, 0))) {
      Map<String, Object> out = work == Work.NETWORK ? network(engine) : method(engine);
      System.out.println(new ObjectMapper().writeValueAsString(out));
    }
    return 0;
  }

  private MillraceConfig config() {
    String method = Spelling.of(work);
    MillraceConfig base = MillraceConfig.defaults();
    if (network == Case.RESNET50) {
      base =
          PackagedConfig.withPreset(base, "imagenet-" + (work == Work.NETWORK ? "byol" : method));
    }
    return ConfigReader.over(
        base, ConfigReader.tree("model: {backbone: {width: " + width + "}}", "gpu-step"));
  }

  private Map<String, Object> network(Engine engine) throws Exception {
    var spec = config().model().spec("backbone");
    int side = spec.input().get(1);
    try (var step = new StepBench.Step(engine, spec, images(side), batch)) {
      return timed(
          () -> {
            step.run();
            return 0;
          },
          engine);
    }
  }

  private Map<String, Object> method(Engine engine) throws Exception {
    MillraceConfig config = config();
    Method method = Methods.create(Spelling.of(work), config.model(), config.methods());
    int side = network == Case.RESNET50 ? 256 : 32;
    ImageBatch images = pictures(side);
    try (MethodState state = method.initialize(engine)) {
      return timed(
          () -> {
            StepReport report = method.step(images, state);
            return report.phaseNanos().getOrDefault("views", 0L);
          },
          engine);
    }
  }

  private interface Step {
    /** Returns the nanoseconds that views took. */
    long run() throws Exception;
  }

  private Map<String, Object> timed(Step step, Engine engine) throws Exception {
    for (int i = 0; i < WARM_UP; i++) {
      step.run();
    }
    engine.synchronize();
    int steps = 0;
    long views = 0;
    long began = System.nanoTime();
    long took = 0;
    while (steps < LEAST_STEPS || took < seconds * 1e9) {
      views += step.run();
      engine.synchronize();
      steps++;
      took = System.nanoTime() - began;
    }
    return row(
        "imagesPerSecond",
        batch * steps / (took / 1e9),
        "millisPerStep",
        took / 1e6 / steps,
        "steps",
        steps,
        "viewsShare",
        (double) views / took,
        "device",
        engine.info().deviceName(),
        "library",
        engine.info().version());
  }

  private float[] images(int side) {
    float[] images = new float[batch * 3 * side * side];
    KeyedRandom random = KeyedRandom.of(1, "bench", "images", 0);
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    return images;
  }

  private ImageBatch pictures(int side) {
    KeyedRandom random = KeyedRandom.of(1, "bench", "images", 0);
    List<String> ids = new ArrayList<>();
    List<PixelImage> images = new ArrayList<>();
    for (int i = 0; i < batch; i++) {
      byte[] rgb = new byte[side * side * 3];
      for (int k = 0; k < rgb.length; k++) {
        rgb[k] = (byte) random.nextInt(256);
      }
      ids.add("image-" + i);
      images.add(new PixelImage(side, side, rgb));
    }
    return new ImageBatch(0, IdentifiedImage.zip(ids, images));
  }
}
