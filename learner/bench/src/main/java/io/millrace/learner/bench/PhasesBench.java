package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.StoredImage;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.learner.evaluate.ShuffledImages;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Engines;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Where the time of an update goes, as {@code millrace status --phases} says it of a learner. */
@Command(
    name = "phases",
    description = "Updates of methods with the demo's settings, by phase: mean ms and share.")
final class PhasesBench extends Benchmark {
  private static final int WARM_UP = 5;

  @Option(
      names = "--methods",
      split = ",",
      defaultValue = "byol,obow,dino",
      description = "Methods with commas between them (${DEFAULT-VALUE}).")
  List<String> methods = new ArrayList<>();

  @Option(
      names = "--updates",
      defaultValue = "30",
      description = "Timed updates of each (${DEFAULT-VALUE}).")
  int updates;

  @Option(names = "--set", description = "Settings over the demo's, KEY=VALUE.")
  List<String> settings = new ArrayList<>();

  @Override
  Result measure() throws Exception {
    MillraceConfig base = ConfigReader.over(PackagedConfig.demoConfig(), settings);
    int batch = base.learner().batchSize();
    var images = new ShuffledImages(images(4 * batch), 1);
    List<Map<String, Object>> rows = new ArrayList<>();
    for (String name : methods) {
      MillraceConfig config = ConfigReader.over(base, List.of("method=" + name));
      rows.addAll(rows(config, images));
    }
    return new Result("phases", "updates of " + batch + " images, by phase", rows);
  }

  private List<Map<String, Object>> rows(MillraceConfig config, ShuffledImages images) {
    int batch = config.learner().batchSize();
    Method method = config.newMethod();
    var nanos = new LinkedHashMap<String, Double>();
    double all = 0;
    try (Engine engine = Engines.open(config.engine().name(), config.engine().options());
        MethodState state = method.initialize(engine)) {
      for (int step = 0; step < WARM_UP + updates; step++) {
        long started = System.nanoTime();
        StepReport report = method.step(images.batch(step, batch), state);
        engine.synchronize();
        if (step >= WARM_UP) {
          all += System.nanoTime() - started;
          report
              .phaseNanos()
              .forEach((phase, took) -> nanos.merge(phase, (double) took, Double::sum));
        }
      }
    }
    nanos.put("rest", all - nanos.values().stream().mapToDouble(n -> n).sum());
    double whole = all;
    return nanos.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .map(
            phase ->
                row(
                    "method",
                    method.name(),
                    "phase",
                    phase.getKey(),
                    "ms an update",
                    phase.getValue() / updates / 1e6,
                    "share, %",
                    100 * phase.getValue() / whole))
        .toList();
  }

  private static List<StoredImage> images(int count) throws IOException {
    var out = new ArrayList<StoredImage>();
    try (var decoder = new ImageDecoder(DecodeLimits.defaults())) {
      for (ImageRecord image : Stage.synthetic(count)) {
        if (decoder.decode(image.bytes()) instanceof DecodeOutcome.Decoded decoded) {
          out.add(StoredImage.of(new IdentifiedImage(image.id(), decoded.image())));
        }
      }
    }
    return out;
  }
}
