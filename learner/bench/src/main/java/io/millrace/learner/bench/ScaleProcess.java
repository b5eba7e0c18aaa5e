package io.millrace.learner.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.GroupAddress;
import io.millrace.learner.group.GroupBackend;
import io.millrace.learner.group.Groups;
import io.millrace.learner.group.Shards;
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
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** One process of {@link ScaleBench}: BYOL steps of a group, and bare sums between its ranks. */
final class ScaleProcess {
  /** Floats of the bare sums: the demo's network and ResNet-18. */
  static final List<Integer> SUMS = List.of(175_000, 11_200_000);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int WARM_UP = 2;

  private ScaleProcess() {}

  /**
   * A group that is measured.
   *
   * @param processes how many there are
   * @param threads of each
   * @param shards of the model
   * @param batch images of all shards together
   * @param width of the ResNet-18
   * @param rounds timed steps
   */
  record Setup(int processes, int threads, int shards, int batch, double width, int rounds) {}

  /** Medians of rank 0: seconds of a step, of its collectives, and of each bare sum. */
  record Measured(double step, double collectives, List<Double> sums) {}

  /** The setup as JSON, the rank, and a folder where the processes meet. */
  public static void main(String[] arguments) throws IOException {
    Setup setup = JSON.readValue(arguments[0], Setup.class);
    int rank = Integer.parseInt(arguments[1]);
    Path folder = Path.of(arguments[2]);
    try (Engine engine =
            Engines.open(
                "torch", new EngineOptions("cpu", Precision.FLOAT32, false, setup.threads()));
        Collectives group =
            Groups.join(
                engine,
                new GroupAddress(
                    folder,
                    "scale",
                    1,
                    rank,
                    setup.processes(),
                    Duration.ofMinutes(2),
                    GroupBackend.GLOO))) {
      Measured measured = measure(engine, group, setup);
      if (group.leads()) {
        JSON.writeValue(folder.resolve("measured.json").toFile(), measured);
      }
      group.barrier();
    }
  }

  private static Measured measure(Engine engine, Collectives group, Setup setup) {
    var model =
        new ModelSettings(
            3, BackboneSettings.defaults().withWidth(setup.width()), Preprocessing.defaults());
    Method method = Methods.create("byol", model);
    var shards = new Shards(setup.shards(), group.size(), group.rank());
    double[] steps = new double[setup.rounds()];
    double[] exchanges = new double[setup.rounds()];
    try (MethodState state = method.initialize(engine)) {
      state.distribute(shards, group);
      ImageBatch batch = batch(setup.batch() / setup.shards(), shards);
      for (int i = -WARM_UP; i < setup.rounds(); i++) {
        group.barrier();
        long exchanged = group.nanos();
        long started = System.nanoTime();
        method.step(batch, state);
        if (i >= 0) {
          steps[i] = (System.nanoTime() - started) / 1e9;
          exchanges[i] = (group.nanos() - exchanged) / 1e9;
        }
      }
    }
    List<Double> sums = group.size() == 1 ? List.of() : sums(engine, group, setup.rounds());
    return new Measured(Rounds.median(steps), Rounds.median(exchanges), sums);
  }

  private static ImageBatch batch(int each, Shards shards) {
    var images = new ArrayList<IdentifiedImage>();
    for (int i = shards.from() * each; i < shards.to() * each; i++) {
      byte[] rgb = new byte[32 * 32 * 3];
      KeyedRandom random = KeyedRandom.of(1, "bench", "scale", i);
      for (int b = 0; b < rgb.length; b++) {
        rgb[b] = (byte) random.nextInt(256);
      }
      images.add(new IdentifiedImage("image-" + i, new PixelImage(32, 32, rgb)));
    }
    return new ImageBatch(0, images);
  }

  private static List<Double> sums(Engine engine, Collectives group, int rounds) {
    var shards = new Shards(group.size(), group.size(), group.rank());
    var out = new ArrayList<Double>();
    for (int floats : SUMS) {
      double[] seconds = new double[rounds];
      for (int i = -WARM_UP; i < rounds; i++) {
        try (Scope scope = engine.scope()) {
          Tensor own = engine.zeros(floats);
          group.barrier();
          long started = System.nanoTime();
          group.sum(shards, List.of(own));
          if (i >= 0) {
            seconds[i] = (System.nanoTime() - started) / 1e9;
          }
        }
      }
      out.add(Rounds.median(seconds));
    }
    return out;
  }

  /** Runs a group on this class path. */
  static Measured run(Setup setup) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("millrace-scale");
    List<Process> processes = new ArrayList<>();
    try {
      for (int rank : IntStream.range(0, setup.processes()).toArray()) {
        processes.add(
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx512m",
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty("java.class.path"),
                    ScaleProcess.class.getName(),
                    JSON.writeValueAsString(setup),
                    Integer.toString(rank),
                    folder.toString())
                .inheritIO()
                .start());
      }
      for (Process process : processes) {
        if (process.waitFor() != 0) {
          throw new IllegalStateException("a process of " + setup + " failed");
        }
      }
      JsonNode read = JSON.readTree(folder.resolve("measured.json").toFile());
      return JSON.treeToValue(read, Measured.class);
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }
}
