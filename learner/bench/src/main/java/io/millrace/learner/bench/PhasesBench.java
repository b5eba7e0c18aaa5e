package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.AcceptSettings;
import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.Photographs;
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
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Where the time of an update goes, as {@code millrace status --phases} says it of a learner. */
@Command(
    name = "phases",
    description = "Updates of methods with the demo's settings, by phase: mean ms and share.")
final class PhasesBench extends Benchmark {
  private static final int WARM_UP = 5;

  /** Photographs that are drawn; the others are these again. */
  private static final int DRAWN = 64;

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

  @Option(
      names = "--preset",
      description =
          "A preset over the demo's settings; with one, images are made photographs as replay keeps"
              + " them.")
  @Nullable String preset;

  @Option(names = "--set", description = "Settings over the demo's, KEY=VALUE.")
  List<String> settings = new ArrayList<>();

  @Override
  Result measure() throws Exception {
    MillraceConfig demo = PackagedConfig.demoConfig();
    MillraceConfig base =
        ConfigReader.over(
            preset == null ? demo : PackagedConfig.withPreset(demo, preset), settings);
    int batch = base.learner().batchSize();
    var images =
        new ShuffledImages(
            preset == null
                ? decoded(Stage.synthetic(4 * batch))
                : photographs(4 * batch, base.learner().replay().maxSide()),
            1);
    List<Map<String, Object>> rows = new ArrayList<>();
    for (String name : methods) {
      MillraceConfig config = ConfigReader.over(base, List.of("method=" + name));
      rows.addAll(rows(config, images));
    }
    return new Result(
        preset == null ? "phases" : "phases-" + preset,
        "updates of " + batch + " images, by phase",
        rows);
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

  private static List<StoredImage> photographs(int count, int side) throws IOException {
    var files = new ArrayList<ImageRecord>();
    try (var decoder = new ImageDecoder(DecodeLimits.defaults())) {
      var images =
          new AcceptImages(
              decoder,
              side == 0 ? AcceptSettings.defaults() : AcceptSettings.defaults().withMaxSide(side));
      for (int i = 0; i < Math.min(count, DRAWN); i++) {
        byte[] file = Photographs.jpeg(1280, 960, i);
        files.add(
            PhotosBench.photo("photo-" + i, Objects.requireNonNull(images.accept(file).value())));
      }
    }
    var all = new ArrayList<ImageRecord>();
    for (int i = 0; i < count; i++) {
      all.add(Stage.named(files.get(i % files.size()), "photo-" + i));
    }
    return decoded(all);
  }

  private static List<StoredImage> decoded(List<ImageRecord> images) throws IOException {
    var out = new ArrayList<StoredImage>();
    try (var decoder = new ImageDecoder(DecodeLimits.defaults())) {
      for (ImageRecord image : images) {
        if (decoder.decode(image.bytes()) instanceof DecodeOutcome.Decoded decoded) {
          out.add(StoredImage.of(new IdentifiedImage(image.id(), decoded.image())));
        }
      }
    }
    return out;
  }
}
