package io.millrace.ops.experiment;

import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.StoredImage;
import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.source.synthetic.SyntheticSource;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.evaluate.FrozenProbe;
import io.millrace.learner.evaluate.LinearProbeSettings;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.evaluate.ProbeMetrics;
import io.millrace.learner.stream.Protocol;
import io.millrace.learner.stream.StreamMetrics;
import io.millrace.learner.stream.StreamPlan;
import io.millrace.learner.stream.StreamRun;
import io.millrace.learner.stream.StreamSource;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.Engines;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.experiment.StreamBenchPlan.Arm;
import io.millrace.ops.terminal.FailureText;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.ops.terminal.StoppedException;
import io.millrace.ops.terminal.WrittenFiles;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A stream benchmark; what there is so far is written after each run. */
public final class StreamBenchExperiment {
  private static final Logger log = LoggerFactory.getLogger(StreamBenchExperiment.class);

  private final MillraceConfig config;
  private final ImageSource images;
  private final StreamBenchPlan plan;
  private final WrittenFiles out;
  private final Clock clock;
  private final ShownProgress progress;
  private final Map<Arm, List<StreamBenchReport.Run>> runs = new LinkedHashMap<>();
  private long began;

  public StreamBenchExperiment(
      MillraceConfig config,
      ImageSource images,
      StreamBenchPlan plan,
      WrittenFiles out,
      Clock clock,
      LiveLine line) {
    this.config = config;
    this.images = images;
    this.plan = plan;
    this.out = out;
    this.clock = clock;
    this.progress = new ShownProgress(line, clock);
  }

  /** Runs every arm with every seed; seeds go round first, so that arms fare alike. */
  public StreamBenchReport run() throws IOException {
    try (var decoder = new ImageDecoder(config.decode());
        Engine engine = Engines.open(config.engine().name(), config.engine().options())) {
      AcceptImages accept = config.acceptImages(decoder);
      int maxSide = config.learner().replay().maxSide();
      ProbeImages labeled = HeldOut.probe(images, accept, config.learner().probe(), maxSide);
      if (labeled == null && plan.protocol() == Protocol.SPLIT) {
        throw new UserError(
            images.name() + " has too few labeled held-out images: split measures by them");
      }
      StreamSource source = load(accept, maxSide);
      var view = new EvalView(config.preprocessing());
      FrozenProbe probe =
          labeled == null
              ? null
              : new FrozenProbe(
                  engine,
                  view,
                  labeled,
                  config.learner().probe().k(),
                  LinearProbeSettings.defaults(),
                  config.model().seed(),
                  RunUntilShutdown::requireGoOn);
      progress.begin("probing raw pixels");
      ProbeMetrics pixels = probe == null ? null : probe.ofPixels();
      began = clock.millis();
      plan.arms().forEach(arm -> runs.put(arm, new ArrayList<>()));
      for (int i = 0; i < plan.seeds(); i++) {
        long seed = config.model().seed() + i;
        for (Arm arm : plan.arms()) {
          StreamBenchReport.Run run = run(engine, view, probe, source, arm, seed);
          runs.computeIfAbsent(arm, a -> new ArrayList<>()).add(run);
          progress.say(arm + ", seed " + seed + ": " + run.text());
          save(report(source, labeled, engine.info(), pixels));
        }
      }
      return report(source, labeled, engine.info(), pixels);
    }
  }

  private StreamSource load(AcceptImages decoder, int maxSide) {
    boolean clips = images instanceof SyntheticSource;
    LoadedImages loaded =
        LoadedImages.draw(
            images.stream(),
            decoder,
            plan.sources(clips),
            maxSide,
            config.model().seed(),
            n -> progress.show(() -> List.of("decoding", NumberText.count(n) + " images")));
    List<String> classes = images.labels();
    var kept = new ArrayList<StoredImage>();
    var labels = new ArrayList<Integer>();
    for (int i = 0; i < loaded.images().size(); i++) {
      String label = loaded.labels().get(i);
      if (plan.protocol().needsLabels()) {
        if (label == null) {
          continue;
        }
        labels.add(classes.indexOf(label));
      }
      kept.add(loaded.images().get(i));
    }
    if (kept.size() < loaded.images().size()) {
      log.warn("{} images without a label are skipped", loaded.images().size() - kept.size());
    }
    if (kept.size() < 2) {
      throw new UserError(
          images.name() + " gives " + kept.size() + " images to learn from: expected 2 or more");
    }
    return new StreamSource(
        kept, labels, plan.protocol().needsLabels() ? classes.size() : 0, clips);
  }

  private StreamBenchReport.Run run(
      Engine engine,
      EvalView view,
      @Nullable FrozenProbe probe,
      StreamSource source,
      Arm arm,
      long seed) {
    try {
      StreamPlan kept = plan.protocol().plan(source, plan.settings(), seed);
      StreamPlan shown = arm.shuffled() ? kept.shuffled(seed) : kept;
      int[] taskOf =
          plan.protocol() == Protocol.SPLIT
              ? Protocol.tasks(source.classes(), plan.settings().tasks(), seed)
              : new int[0];
      long started = clock.millis();
      StreamMetrics metrics =
          new StreamRun(
                  engine,
                  view,
                  probe,
                  taskOf,
                  plan.runSettings(arm),
                  clock,
                  (images, updates, loss) ->
                      progress.show(
                          () ->
                              progress(
                                  arm + ", seed " + seed,
                                  images,
                                  shown.size(),
                                  updates,
                                  loss,
                                  clock.millis() - started)))
              .of(plan.method(arm, seed), source, shown, plan.settings().clipFrames(), seed);
      return new StreamBenchReport.Run(seed, null, metrics);
    } catch (StoppedException e) {
      throw e;
    } catch (RuntimeException e) {
      log.debug("{} failed", arm, e);
      return new StreamBenchReport.Run(seed, FailureText.of(e), null);
    }
  }

  private List<String> progress(
      String what, long images, long of, long updates, double loss, long millis) {
    int done = runs.values().stream().mapToInt(List::size).sum();
    int all = plan.arms().size() * plan.seeds();
    Duration time = plan.time();
    double share =
        Math.max(images / (double) of, time == null ? 0 : millis / (double) time.toMillis());
    double left = share > 0 ? Math.max(0, millis / share - millis) / 1000 : 0;
    // Runs to come take as long as those that are done did, or as this one will.
    double each =
        done == 0 ? left + millis / 1000.0 : (clock.millis() - began - millis) / 1000.0 / done;
    return List.of(
        (done + 1) + "/" + all + " " + what,
        NumberText.time(left)
            + " left, "
            + NumberText.time(left + (all - done - 1) * each)
            + " in all",
        NumberText.of(1000.0 * images / Math.max(1, millis)) + " images/s",
        "loss " + NumberText.of(loss),
        NumberText.count(images) + " of " + NumberText.count(of) + " images",
        "update " + NumberText.count(updates));
  }

  private StreamBenchReport report(
      StreamSource source,
      @Nullable ProbeImages labeled,
      EngineInfo engine,
      @Nullable ProbeMetrics pixels) {
    var arms = new ArrayList<StreamBenchReport.ArmRuns>();
    runs.forEach(
        (arm, all) -> {
          if (!all.isEmpty()) {
            arms.add(new StreamBenchReport.ArmRuns(arm, List.copyOf(all)));
          }
        });
    var variants = new LinkedHashMap<String, List<String>>();
    plan.variants().forEach((name, variant) -> variants.put(name, variant.settings()));
    return new StreamBenchReport(
        images.name(),
        plan.protocol().name().toLowerCase(Locale.ROOT),
        plan.settings(),
        source.size(),
        labeled == null ? 0 : images.labels().size(),
        labeled == null ? 0 : labeled.bank().size(),
        labeled == null ? 0 : labeled.queries().size(),
        plan.time() == null ? null : plan.time().toString(),
        plan.streamBatch(),
        config.learner().batchSize(),
        config.learner().updatesPerBatch(),
        config.learner().replay(),
        variants,
        config.model().backbone().toString(),
        engine,
        pixels,
        arms);
  }

  private void save(StreamBenchReport report) throws IOException {
    out.write("streambench.json", report::write);
    List<Plot.Chart> charts = StreamBenchCharts.of(report);
    if (!charts.isEmpty()) {
      out.write("streambench.svg", file -> Plot.write(file, charts));
    }
  }
}
