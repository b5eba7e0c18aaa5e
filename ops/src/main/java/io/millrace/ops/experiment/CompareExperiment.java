package io.millrace.ops.experiment;

import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.compare.Budget;
import io.millrace.learner.compare.ComparisonListener.Progress;
import io.millrace.learner.compare.ComparisonSettings;
import io.millrace.learner.compare.MethodComparison;
import io.millrace.learner.compare.MethodResult;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.evaluate.ProbeMetrics;
import io.millrace.learner.evaluate.ShuffledImages;
import io.millrace.learner.method.Method;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.Engines;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.terminal.FailureText;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.ops.terminal.StoppedException;
import io.millrace.ops.terminal.WrittenFiles;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A comparison of methods; what there is so far is written after each of them. */
public final class CompareExperiment {
  private static final Logger log = LoggerFactory.getLogger(CompareExperiment.class);

  private final MillraceConfig config;
  private final String images;
  private final Budget budget;
  private final long streamImages;
  private final Measuring measuring;
  private final WrittenFiles out;
  private final Clock clock;
  private final ShownProgress progress;

  public CompareExperiment(
      MillraceConfig config,
      String images,
      Budget budget,
      long streamImages,
      Measuring measuring,
      WrittenFiles out,
      Clock clock,
      LiveLine line) {
    this.config = config;
    this.images = images;
    this.budget = budget;
    this.streamImages = streamImages;
    this.measuring = measuring;
    this.out = out;
    this.clock = clock;
    this.progress = new ShownProgress(line, clock);
  }

  /**
   * Runs it to its end.
   *
   * @param refused why methods can't be run, by name
   */
  public CompareReport run(Map<String, Method> methods, Map<String, String> refused)
      throws IOException {
    try (ImageSource source = Sources.open(images, config.synthetic());
        var decoder = new ImageDecoder(config.decode());
        Engine engine = Engines.open(config.engine().name(), config.engine().options())) {
      AcceptImages accept = config.acceptImages(decoder);
      int maxSide = config.learner().replay().maxSide();
      ProbeImages labeled = HeldOut.probe(source, accept, config.learner().probe(), maxSide);
      LoadedImages loaded =
          LoadedImages.draw(
              source.stream(),
              accept,
              streamImages,
              maxSide,
              config.model().seed(),
              n -> progress.show(() -> List.of("decoding", NumberText.count(n) + " images")));
      if (loaded.images().size() < config.learner().batchSize()) {
        throw new UserError(
            images
                + " gives "
                + loaded.images().size()
                + " images to learn from: expected a batch ("
                + config.learner().batchSize()
                + ") or more");
      }
      var stream = new ShuffledImages(loaded.images(), config.model().seed());
      List<CompareReport.Entry> entries = new ArrayList<>();
      refused.forEach((name, why) -> entries.add(new CompareReport.Entry(name, why, null)));
      long started = clock.millis();
      int[] done = {0};
      var comparison =
          new MethodComparison(
              engine,
              new EvalView(config.preprocessing()),
              stream,
              labeled,
              new ComparisonSettings(
                  budget,
                  config.learner().batchSize(),
                  config.learner().probe().k(),
                  measuring.linear(),
                  config.learner().monitor(),
                  config.model().seed(),
                  config.learner().release().anneal(),
                  config.learner().shards(),
                  measuring.probes(),
                  measuring.layers()),
              clock,
              at -> progress.show(() -> progress(at, done[0], methods.size(), started)),
              RunUntilShutdown::requireGoOn);
      progress.begin("probing raw pixels");
      ProbeMetrics pixels = comparison.pixels();
      for (var method : methods.entrySet()) {
        entries.add(entry(comparison, method.getKey(), method.getValue()));
        done[0]++;
        progress.say(said(entries.get(entries.size() - 1)));
        save(report(source, stream, labeled, engine.info(), pixels, entries));
      }
      return report(source, stream, labeled, engine.info(), pixels, entries);
    }
  }

  private CompareReport.Entry entry(MethodComparison comparison, String name, Method method) {
    try {
      return new CompareReport.Entry(name, null, comparison.run(method));
    } catch (StoppedException e) {
      throw e;
    } catch (RuntimeException e) {
      log.debug("{} failed", name, e);
      return new CompareReport.Entry(name, FailureText.of(e), null);
    }
  }

  private CompareReport report(
      ImageSource source,
      ShuffledImages stream,
      @Nullable ProbeImages labeled,
      EngineInfo engine,
      @Nullable ProbeMetrics pixels,
      List<CompareReport.Entry> entries) {
    return new CompareReport(
        source.name(),
        stream.size(),
        labeled == null ? 0 : source.labels().size(),
        labeled == null ? 0 : labeled.bank().size(),
        labeled == null ? 0 : labeled.queries().size(),
        budget.images() == null
            ? budget.time() + " for each method"
            : NumberText.count(budget.images()) + " images for each method",
        config.learner().batchSize(),
        config.model().backbone().toString(),
        engine,
        config.model().seed(),
        pixels,
        List.copyOf(entries));
  }

  private void save(CompareReport report) throws IOException {
    out.write("compare.json", report::write);
    List<Plot.Panel> panels = report.panels();
    if (!panels.isEmpty()) {
      out.write("compare.svg", file -> Plot.write(file, panels));
    }
  }

  private List<String> progress(Progress at, int done, int all, long started) {
    double left = at.secondsLeft();
    // Methods to come take as long as those that are done did, or as this one will.
    double elapsed = (clock.millis() - started) / 1000.0;
    double each = done == 0 ? at.seconds() + left : (elapsed - at.seconds()) / done;
    return List.of(
        (done + 1) + "/" + all + " " + at.method(),
        NumberText.time(left)
            + " left, "
            + NumberText.time(left + (all - done - 1) * each)
            + " in all",
        NumberText.of(at.images() / Math.max(at.seconds(), 1e-3)) + " images/s",
        "loss " + NumberText.of(at.loss()),
        NumberText.count(at.images()) + " images",
        "step " + NumberText.count(at.step()));
  }

  private static String said(CompareReport.Entry entry) {
    MethodResult metrics = entry.metrics();
    if (metrics == null) {
      return entry.method() + ": failed: " + entry.error();
    }
    return entry.method() + ": " + text(metrics);
  }

  /** What a run came to, for people. */
  static String text(MethodResult metrics) {
    ProbeMetrics probes = metrics.trained();
    return NumberText.count(metrics.images())
        + " images in "
        + NumberText.time(metrics.seconds())
        + (probes == null
            ? ""
            : ", kNN "
                + NumberText.percent(probes.knn())
                + " %, linear "
                + NumberText.percent(probes.linear())
                + " %");
  }
}
