package io.millrace.ops.experiment;

import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.evaluate.LabelFraction;
import io.millrace.learner.evaluate.LabeledImages;
import io.millrace.learner.evaluate.ShuffledImages;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Engines;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.experiment.FineTuneReport.Run;
import io.millrace.ops.experiment.FineTuneReport.Start;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.WrittenFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Classifiers trained from a release and from scratch, each for the same budget. */
public final class FineTuneExperiment {

  private final MillraceConfig config;
  private final String data;
  private final FineTunePlan plan;
  private final WrittenFiles out;
  private final Clock clock;
  private final ShownProgress progress;

  public FineTuneExperiment(
      MillraceConfig config,
      String data,
      FineTunePlan plan,
      WrittenFiles out,
      Clock clock,
      LiveLine line) {
    this.config = config;
    this.data = data;
    this.plan = plan;
    this.out = out;
    this.clock = clock;
    this.progress = new ShownProgress(line, clock);
  }

  /** Trains all and writes the report and the model. */
  public FineTuneReport run(ReleaseManifest manifest, Path releases) throws IOException {
    if (plan.auxiliary() != null) {
      FineTuneChecks.requireSameNetwork(config, method(plan.seed()), manifest);
    }
    FineTuneChecks.requireAnotherModel(plan, manifest);
    try (ImageSource source = Sources.open(data, config.synthetic())) {
      FineTuneChecks.requireLabels(plan, data, source);
      try (var decoder = new ImageDecoder(config.decode());
          Engine engine = Engines.open(config.engine().name(), config.engine().options());
          LoadedRelease loaded = new ReleaseReader(releases).load(manifest, engine)) {
        return train(parts(source, config.acceptImages(decoder), engine, loaded));
      }
    }
  }

  private Method method(long seed) {
    String name = Objects.requireNonNull(plan.auxiliary());
    return Methods.create(name, config.model().withSeed(seed), config.methods());
  }

  private FineTuneParts parts(
      ImageSource source, AcceptImages decoder, Engine engine, LoadedRelease loaded) {
    int maxSide = ShrunkSide.of(loaded.manifest(), config);
    LoadedImages train =
        LoadedImages.draw(
            source.stream(),
            decoder,
            plan.trainImages(),
            maxSide,
            plan.seed(),
            n -> progress.show(() -> List.of("decoding", n + " training images")));
    LoadedImages test =
        LoadedImages.draw(
            source.heldOut(),
            decoder,
            plan.testImages(),
            maxSide,
            plan.seed(),
            n -> progress.show(() -> List.of("decoding", n + " held-out images")));
    return new FineTuneParts(
        engine,
        loaded,
        source.labels(),
        train.labeled(source.labels()),
        new ShuffledImages(train.images(), plan.seed()),
        test.labeled(source.labels()));
  }

  private FineTuneReport train(FineTuneParts parts) throws IOException {
    List<Run> runs = new ArrayList<>();
    double largest = plan.fractions().stream().mapToDouble(f -> f).max().orElseThrow();
    long started = clock.millis();
    String written = null;
    for (double fraction : plan.fractions()) {
      for (long seed = plan.seed(); seed < plan.seed() + plan.seeds(); seed++) {
        LabeledImages labeled =
            parts
                .train()
                .select(LabelFraction.of(parts.train().labels(), parts.classes(), fraction, seed));
        for (boolean auxiliary : plan.auxiliary() == null ? NO : BOTH) {
          for (Start start : Start.values()) {
            Method method = auxiliary ? method(seed) : null;
            try (var training = new ClassifierRun(plan, parts, labeled, start, method, seed)) {
              int done = runs.size();
              Run run =
                  training.run(
                      fraction,
                      clock,
                      share -> progress.show(() -> progress(done, share, started)));
              runs.add(run);
              boolean wanted =
                  fraction == largest
                      && seed == plan.seed()
                      && start == Start.RELEASE
                      && auxiliary == (plan.auxiliary() != null);
              if (wanted) {
                written =
                    new ClassifierRelease(config, plan, out, clock)
                        .write(parts, training.classifier(), run);
              }
              FineTuneReport soFar = report(parts, runs, written);
              out.write("finetune.json", soFar::write);
              progress.say(said(run));
            }
          }
        }
      }
    }
    FineTuneReport report = report(parts, runs, written);
    out.write("finetune.svg", file -> Plot.write(file, report.panels()));
    return report;
  }

  private static final boolean[] NO = {false};
  private static final boolean[] BOTH = {false, true};

  private FineTuneReport report(FineTuneParts parts, List<Run> runs, @Nullable String written) {
    return new FineTuneReport(
        parts.release().manifest().key(),
        data,
        parts.unlabeled().size(),
        parts.test().size(),
        parts.classes(),
        plan.settings().freeze(),
        plan.auxiliary(),
        plan.weight(),
        parts.engine().info(),
        List.copyOf(runs),
        written);
  }

  private String said(Run run) {
    return String.format(
        Locale.ROOT,
        "%d labels, %s%s, seed %d: %.1f %% in %.0f s",
        run.labels(),
        run.start() == Start.RELEASE ? "from release" : "from scratch",
        run.withAuxiliary() ? " with " + plan.auxiliary() : "",
        run.seed(),
        run.accuracy().top1(),
        run.training().seconds());
  }

  private List<String> progress(int done, double share, long started) {
    double all = (done + share) / plan.trainings();
    double elapsed = (clock.millis() - started) / 1000.0;
    return List.of(
        "training " + (done + 1) + "/" + plan.trainings(),
        String.format(Locale.ROOT, "%.0f %%", 100 * share),
        NumberText.time(all > 0 ? elapsed / all - elapsed : 0) + " left");
  }
}
