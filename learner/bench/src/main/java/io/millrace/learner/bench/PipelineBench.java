package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.FeedSettings;
import io.millrace.ingest.feed.KafkaImageFeed;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.topology.IngestSettings;
import io.millrace.ingest.topology.RunIngest;
import io.millrace.learner.checkpoint.CheckpointSettings;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.loop.Idle;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.loop.LearnerLoop;
import io.millrace.learner.loop.LearnerMetrics;
import io.millrace.learner.loop.LearnerParts;
import io.millrace.learner.loop.LearnerSettings;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.KafkaWriterLease;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What the stream costs the learner: the whole path against training steps alone. */
@Command(
    name = "pipeline",
    description = "End-to-end rate (Kafka, decode, views, step) ÷ step-only rate.")
final class PipelineBench extends Benchmark {
  private static final int BATCH = 64;
  private static final int WARM_UP = 5;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Rounds for each network (default ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description = "About how long one run takes (default ${DEFAULT-VALUE}).")
  int seconds;

  @Option(names = "--method", defaultValue = "byol", description = "Method (${DEFAULT-VALUE}).")
  String method;

  @Option(
      names = "--demo-width",
      defaultValue = "0.125",
      description = "Width of the demo's network (default ${DEFAULT-VALUE}).")
  double demoWidth;

  PipelineBench() {
    this.method = "byol";
  }

  @Override
  Result measure() throws Exception {
    var rows = new ArrayList<Map<String, Object>>();
    for (double width : List.of(demoWidth, 1.0)) {
      rows.add(of(width));
    }
    return new Result(
        "pipeline",
        "End to end (raw → ingest → feed → decode → views → step, raw prefilled, one update per "
            + "image, probes and serving off) ÷ steps on decoded images, "
            + method
            + ", batches of "
            + BATCH,
        rows);
  }

  private Map<String, Object> of(double width) throws Exception {
    ModelSettings model =
        ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(width));
    List<ImageRecord> some = Stage.synthetic(BATCH * 8);
    double guess = stepOnly(model, some, WARM_UP + 3);
    int steps = Math.max(WARM_UP + 8, (int) (guess * seconds / BATCH));
    List<ImageRecord> images = Stage.synthetic(steps * BATCH);
    double[] alone = new double[rounds];
    double[] whole = new double[rounds];
    double[] ratios = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      alone[i] = stepOnly(model, some, steps);
      whole[i] = endToEnd(model, images, steps);
      ratios[i] = whole[i] / alone[i];
    }
    return row(
        "network", "ResNet-18, width " + width,
        "end to end, images/s", Rounds.median(whole),
        "step only, images/s", Rounds.median(alone),
        "ratio", Rounds.median(ratios),
        "lowest", Arrays.stream(ratios).min().orElseThrow(),
        "highest", Arrays.stream(ratios).max().orElseThrow());
  }

  /** One thread for a network as small as the demo's, as the demo sets it. */
  private static Engine engine(ModelSettings model) {
    int threads = model.backbone().width() < 0.25 ? 1 : 0;
    return Engines.open("torch", new EngineOptions("cpu", Precision.FLOAT32, true, threads));
  }

  private double stepOnly(ModelSettings model, List<ImageRecord> some, int steps) throws Exception {
    Method m = Methods.create(method, model);
    List<ImageBatch> batches = new ArrayList<>();
    try (Stage stage = new Stage()) {
      for (int i = 0; i < some.size(); i += BATCH) {
        List<ImageRecord> part = some.subList(i, i + BATCH);
        List<PixelImage> pixels = part.stream().map(stage::pixels).toList();
        batches.add(
            new ImageBatch(
                0, IdentifiedImage.zip(part.stream().map(ImageRecord::id).toList(), pixels)));
      }
    }
    try (Engine engine = engine(model);
        MethodState state = m.initialize(engine)) {
      long start = 0;
      for (int i = 0; i < steps; i++) {
        if (i == WARM_UP) {
          start = System.nanoTime();
        }
        ImageBatch batch = batches.get(i % batches.size());
        m.step(new ImageBatch(i, batch.entries()), state);
      }
      return (steps - WARM_UP) * BATCH / ((System.nanoTime() - start) / 1e9);
    }
  }

  private double endToEnd(ModelSettings model, List<ImageRecord> images, int steps)
      throws Exception {
    try (Stage stage = new Stage();
        Engine engine = engine(model);
        var log = new KafkaReleaseLog(stage.clients(), stage.topics.modelReleases())) {
      stage.send(images, stage.topics.imagesRaw());
      LearnerSettings d = LearnerSettings.defaults();
      var settings =
          new LearnerSettings(
              d.model(),
              d.seed(),
              BATCH,
              1,
              Idle.REST,
              Duration.ofSeconds(3),
              d.prefetchBatches(),
              1,
              d.replay(),
              CheckpointSettings.defaults(),
              d.release(),
              new MonitorSettings(1_000_000, 256, 256),
              d.probe());
      var watch = new StepWatch(steps);
      var parts =
          new LearnerParts(
              settings,
              engine,
              Methods.create(method, model),
              model.preprocessing(),
              KafkaImageFeed.open(
                  stage.topics.imagesAccepted(),
                  stage.topics.learnerGroup(),
                  stage.clients(),
                  FeedSettings.defaults()),
              stage.decoder::decode,
              CheckpointStore.open(stage.folder.resolve("checkpoints"), 2),
              new KafkaWriterLease(
                  stage.clients(), stage.topics.learnerLease(), d.model(), Clock.systemUTC()),
              new ReleasePublisher(
                  log, stage.folder.resolve("releases"), DurableFiles.real(), Clock.systemUTC()),
              null,
              Map.of(),
              LearnerMetrics.NONE,
              watch,
              Clock.systemUTC());
      try (RunIngest ingest =
          RunIngest.start(
              stage.topics,
              IngestSettings.defaults(),
              stage.clients(),
              stage.decoder::decode,
              io.millrace.ingest.topology.IngestMetrics.NONE)) {
        var loop = new LearnerLoop(parts);
        watch.loop.set(loop);
        loop.run();
      }
      return (steps - WARM_UP) * BATCH / ((watch.end - watch.start) / 1e9);
    }
  }

  /** Times the steps after warm-up and ends the learner after the last. */
  private static final class StepWatch implements LearnerListener {
    final AtomicReference<@Nullable LearnerLoop> loop = new AtomicReference<>();
    private final int steps;
    long start;
    long end;

    StepWatch(int steps) {
      this.steps = steps;
    }

    @Override
    public void updated(long step, StepReport report) {
      if (step == WARM_UP) {
        start = System.nanoTime();
      }
      if (step == steps) {
        end = System.nanoTime();
        LearnerLoop l = loop.get();
        if (l != null) {
          l.requestStop();
        }
      }
    }
  }
}
