package io.millrace.ops.experiment;

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
import io.millrace.learner.tensor.Engines;
import io.millrace.ops.config.MillraceConfig;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settings side by side: each arm learns from the same images for the same budget, once for each
 * seed, the seeds outside, so that an early stop has all arms. What there is so far is written
 * after each run; a run that fails is kept as such.
 */
public final class TrialExperiment {
  private static final Logger log = LoggerFactory.getLogger(TrialExperiment.class);

  private final MillraceConfig base;
  private final String images;
  private final Budget budget;
  private final long streamImages;
  private final Measuring measuring;
  private final WrittenFiles out;
  private final Clock clock;
  private final ShownProgress progress;
  private final List<TrialRun> runs = new ArrayList<>();
  private @Nullable ProbeMetrics pixels;

  /**
   * One arm of a seed.
   *
   * @param config with the arm's settings and the seed
   */
  public record Arm(String name, List<String> settings, long seed, MillraceConfig config) {}

  /**
   * @param base decodes, holds out and orders the images: the same for every arm
   */
  public TrialExperiment(
      MillraceConfig base,
      String images,
      Budget budget,
      long streamImages,
      Measuring measuring,
      WrittenFiles out,
      Clock clock,
      LiveLine line) {
    this.base = base;
    this.images = images;
    this.budget = budget;
    this.streamImages = streamImages;
    this.measuring = measuring;
    this.out = out;
    this.clock = clock;
    this.progress = new ShownProgress(line, clock);
  }

  /** Runs it to its end. */
  public TrialReport run(List<Arm> arms) throws IOException {
    try (ImageSource source = Sources.open(images, base.synthetic());
        var decoder = new ImageDecoder(base.decode())) {
      int maxSide = base.learner().replay().maxSide();
      ProbeImages labeled =
          HeldOut.probe(source, base.acceptImages(decoder), base.learner().probe(), maxSide);
      LoadedImages loaded =
          LoadedImages.draw(
              source.stream(),
              base.acceptImages(decoder),
              streamImages,
              maxSide,
              base.model().seed(),
              n -> progress.show(() -> List.of("decoding", NumberText.count(n) + " images")));
      for (Arm arm : arms) {
        TrialRun run = run(arm, loaded, labeled, arms.size());
        runs.add(run);
        progress.say(said(run));
        TrialReport so = report(source, labeled);
        out.write("arms.json", so::write);
        List<Plot.Chart> charts = so.charts();
        if (!charts.isEmpty()) {
          out.write("arms.svg", file -> Plot.write(file, charts));
        }
      }
      return report(source, labeled);
    }
  }

  private TrialRun run(Arm arm, LoadedImages loaded, @Nullable ProbeImages labeled, int all) {
    MillraceConfig config = arm.config();
    try (Engine engine = Engines.open(config.engine().name(), config.engine().options())) {
      Method method = config.newMethod();
      method.requireInputs();
      var comparison =
          new MethodComparison(
              engine,
              new EvalView(config.preprocessing()),
              new ShuffledImages(loaded.images(), arm.seed()),
              labeled,
              new ComparisonSettings(
                  budget,
                  config.learner().batchSize(),
                  base.learner().probe().k(),
                  measuring.linear(),
                  config.learner().monitor(),
                  arm.seed(),
                  config.learner().release().anneal(),
                  config.learner().shards(),
                  measuring.probes(),
                  measuring.layers()),
              clock,
              at -> progress.show(() -> progress(arm, at, all)),
              RunUntilShutdown::requireGoOn);
      if (pixels == null) {
        progress.begin("probing raw pixels");
        pixels = comparison.pixels();
      }
      MethodResult result = comparison.run(method);
      return new TrialRun(
          arm.name(), arm.settings(), arm.seed(), engine.info().toString(), null, result);
    } catch (StoppedException e) {
      throw e;
    } catch (RuntimeException e) {
      log.debug("{} failed", arm.name(), e);
      return new TrialRun(arm.name(), arm.settings(), arm.seed(), null, FailureText.of(e), null);
    }
  }

  private TrialReport report(ImageSource source, @Nullable ProbeImages labeled) {
    return new TrialReport(
        source.name(),
        budget.images() == null
            ? budget.time() + " for each run"
            : NumberText.count(budget.images()) + " images for each run",
        labeled == null ? 0 : labeled.bank().size(),
        labeled == null ? 0 : labeled.queries().size(),
        pixels,
        List.copyOf(runs));
  }

  private List<String> progress(Arm arm, Progress at, int all) {
    return List.of(
        (runs.size() + 1) + "/" + all + " " + arm.name() + ", seed " + arm.seed(),
        NumberText.time(at.secondsLeft()) + " left",
        NumberText.of(at.images() / Math.max(at.seconds(), 1e-3)) + " images/s",
        "loss " + NumberText.of(at.loss()),
        NumberText.count(at.images()) + " images");
  }

  private static String said(TrialRun run) {
    MethodResult result = run.result();
    String name = run.arm() + ", seed " + run.seed() + ": ";
    if (result == null) {
      return name + "failed: " + run.error();
    }
    return name + CompareExperiment.text(result);
  }
}
