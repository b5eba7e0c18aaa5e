package io.millrace.ops.experiment;

import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.ingest.source.ImageSet;
import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.auxiliary.AuxiliaryLoss;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.evaluate.Accuracy;
import io.millrace.learner.evaluate.Classifier;
import io.millrace.learner.evaluate.FineTuneSettings;
import io.millrace.learner.evaluate.FineTuned;
import io.millrace.learner.evaluate.FineTuning;
import io.millrace.learner.evaluate.LabelFraction;
import io.millrace.learner.evaluate.LabelledImages;
import io.millrace.learner.evaluate.ShuffledImages;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.ReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Initialiser;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.experiment.FineTuneReport.Run;
import io.millrace.ops.experiment.FineTuneReport.Start;
import io.millrace.ops.terminal.LiveLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Classifiers trained from a release and from scratch, each for the same budget. */
final class FineTune {
  private static final int SHOW_MILLIS = 1000;

  private final MillraceConfig config;
  private final String data;
  private final Plan plan;
  private final Path out;
  private final Clock clock;
  private final LiveLine line;
  private long shown;

  FineTune(MillraceConfig config, String data, Plan plan, Path out, Clock clock, LiveLine line) {
    this.config = config;
    this.data = data;
    this.plan = plan;
    this.out = out;
    this.clock = clock;
    this.line = line;
  }

  /**
   * What to train.
   *
   * @param fractions shares of the labels
   * @param epochs passes over the labelled images; null for a number of images
   * @param budgetImages labelled images that each training sees
   * @param settings of each training
   * @param auxiliary method of the auxiliary loss; null for none
   * @param weight λ
   * @param seeds trainings of each kind
   * @param seed the first seed
   * @param trainImages training images at most
   * @param testImages held-out images at most
   * @param publish model to publish as; null for none
   */
  record Plan(
      List<Double> fractions,
      @Nullable Integer epochs,
      long budgetImages,
      FineTuneSettings settings,
      @Nullable String auxiliary,
      double weight,
      int seeds,
      long seed,
      long trainImages,
      long testImages,
      @Nullable String publish) {

    /** Trainings in all. */
    int trainings() {
      return fractions.size() * seeds * (auxiliary == null ? 2 : 4);
    }

    long budget(int labels) {
      Integer passes = epochs;
      return passes == null ? budgetImages : (long) passes * labels;
    }
  }

  /** Images and what is computed with. */
  private record Parts(
      Engine engine,
      LoadedRelease release,
      List<String> classes,
      LabelledImages train,
      ShuffledImages unlabelled,
      LabelledImages test) {}

  /** Trains all and writes the report and the model. */
  FineTuneReport run(ReleaseManifest manifest, Path releases) throws IOException {
    checkAuxiliary(manifest);
    if (manifest.model().equals(plan.publish())) {
      throw new ConfigException(
          "--publish is '"
              + plan.publish()
              + "': expected another model than the release's own, which its learner publishes");
    }
    try (ImageSource source = Sources.open(data, config.synthetic())) {
      checkLabels(source);
      try (var decoder = new ImageDecoder(config.decode());
          Engine engine = Engines.open(config.engine().name(), config.engine().options());
          LoadedRelease loaded = new ReleaseReader(releases).load(manifest, engine)) {
        return train(parts(source, decoder, engine, loaded));
      }
    }
  }

  /** The shares need only the labels, so nothing is decoded for this. */
  private void checkLabels(ImageSource source) {
    List<String> classes = source.labels();
    ImageSet set = source.stream();
    if (classes.size() < 2 || source.heldOut().count() < 1) {
      throw new UserError(
          data
              + " has "
              + classes.size()
              + " classes and "
              + source.heldOut().count()
              + " held-out images: expected two classes or more, and some images");
    }
    List<Integer> labels = new ArrayList<>();
    for (long index : LoadedImages.order(set, plan.trainImages(), plan.seed())) {
      String label = set.label(index);
      if (label != null) {
        labels.add(classes.indexOf(label));
      }
    }
    for (double fraction : plan.fractions()) {
      try {
        LabelFraction.of(labels, classes, fraction, plan.seed());
      } catch (IllegalArgumentException e) {
        throw new ConfigException("--" + e.getMessage().replaceFirst("label f", "label-f"));
      }
    }
  }

  private void checkAuxiliary(ReleaseManifest manifest) {
    if (plan.auxiliary() == null) {
      return;
    }
    SegmentLayout own = SegmentLayout.of(AuxiliaryLoss.singlePass(method(plan.seed())).backbone());
    SegmentLayout released = SegmentLayout.of(manifest.network());
    if (!own.equals(released)) {
      throw new ConfigException(
          "model.backbone is "
              + config.model().backbone()
              + " with "
              + own.parameterCount()
              + " parameters: expected the network of "
              + manifest.key()
              + ", which has "
              + released.parameterCount()
              + " (such as --set model.backbone.width=0.125 for a demo's)");
    }
  }

  private Method method(long seed) {
    String name = Objects.requireNonNull(plan.auxiliary());
    return Methods.create(name, config.model().withSeed(seed), config.methods());
  }

  private Parts parts(
      ImageSource source, ImageDecoder decoder, Engine engine, LoadedRelease loaded) {
    int maxSide = config.learner().replay().maxSide();
    LoadedImages train =
        LoadedImages.draw(
            source.stream(),
            decoder,
            plan.trainImages(),
            maxSide,
            plan.seed(),
            n -> show("decoding · " + n + " training images"));
    LoadedImages test =
        LoadedImages.draw(
            source.heldOut(),
            decoder,
            plan.testImages(),
            maxSide,
            plan.seed(),
            n -> show("decoding · " + n + " held-out images"));
    return new Parts(
        engine,
        loaded,
        source.labels(),
        train.labelled(source.labels()),
        new ShuffledImages(train.ids(), train.images(), plan.seed()),
        test.labelled(source.labels()));
  }

  private FineTuneReport train(Parts parts) throws IOException {
    List<Run> runs = new ArrayList<>();
    double largest = plan.fractions().stream().mapToDouble(f -> f).max().orElseThrow();
    long started = clock.millis();
    String written = null;
    for (double fraction : plan.fractions()) {
      for (long seed = plan.seed(); seed < plan.seed() + plan.seeds(); seed++) {
        LabelledImages labelled =
            parts
                .train()
                .select(
                    LabelFraction.of(
                        parts.train().labels(), parts.classes(), fraction, plan.seed()));
        for (boolean auxiliary : plan.auxiliary() == null ? NO : BOTH) {
          for (Start start : Start.values()) {
            try (var training = new Training(parts, labelled, start, auxiliary, seed)) {
              Run run = training.run(fraction, runs.size(), started);
              runs.add(run);
              boolean wanted =
                  fraction == largest
                      && seed == plan.seed()
                      && start == Start.RELEASE
                      && auxiliary == (plan.auxiliary() != null);
              if (wanted) {
                written = write(parts, training.classifier, run);
              }
              FineTuneReport soFar = report(parts, runs, written);
              soFar.write(out.resolve("finetune.json"));
              line.say(said(run));
            }
          }
        }
      }
    }
    FineTuneReport report = report(parts, runs, written);
    Plot.write(out.resolve("finetune.svg"), report.panels());
    return report;
  }

  private static final boolean[] NO = {false};
  private static final boolean[] BOTH = {false, true};

  /** One classifier on its way. */
  private final class Training implements AutoCloseable {
    private final Parts parts;
    private final LabelledImages labelled;
    private final Start start;
    private final long seed;
    private final @Nullable AuxiliaryLoss auxiliary;
    private final @Nullable Network own;
    private final Classifier classifier;

    Training(Parts parts, LabelledImages labelled, Start start, boolean withAuxiliary, long seed) {
      this.parts = parts;
      this.labelled = labelled;
      this.start = start;
      this.seed = seed;
      Network released = parts.release().network();
      Network backbone;
      if (withAuxiliary) {
        var loss = new AuxiliaryLoss(parts.engine(), method(seed), plan.weight());
        if (start == Start.RELEASE) {
          loss.startFrom(released);
        }
        backbone = loss.backbone();
        auxiliary = loss;
        own = null;
      } else {
        backbone = parts.engine().network(released.spec());
        if (start == Start.RELEASE) {
          backbone.parameters().copyIn(released.parameters());
          backbone.statistics().copyIn(released.statistics());
        } else {
          Initialiser.initialise(parts.engine(), backbone, seed);
        }
        auxiliary = null;
        own = backbone;
      }
      classifier =
          new Classifier(
              parts.engine(), parts.release().view(), backbone, parts.classes().size(), seed);
    }

    Run run(double fraction, int done, long started) {
      try (var tuning = new FineTuning(classifier, labelled, settings(), seed)) {
        FineTuned tuned =
            tuning.run(
                plan.budget(labelled.size()),
                auxiliary,
                auxiliary == null ? null : parts.unlabelled(),
                clock,
                share -> show(progress(done, share, started)));
        Accuracy accuracy = classifier.accuracy(parts.test());
        return new Run(fraction, labelled.size(), seed, start, auxiliary != null, accuracy, tuned);
      }
    }

    private FineTuneSettings settings() {
      return plan.settings().withSize(parts.release().view().preprocessing().size());
    }

    @Override
    public void close() {
      classifier.close();
      if (auxiliary != null) {
        auxiliary.close();
      }
      if (own != null) {
        own.close();
      }
    }
  }

  private FineTuneReport report(Parts parts, List<Run> runs, @Nullable String written) {
    return new FineTuneReport(
        parts.release().manifest().key(),
        data,
        parts.unlabelled().size(),
        parts.test().size(),
        parts.classes(),
        plan.settings().freeze(),
        plan.auxiliary(),
        plan.weight(),
        parts.engine().info(),
        List.copyOf(runs),
        written);
  }

  /** Writes the classifier as a release in the folder and, where asked for, to the topic. */
  private String write(Parts parts, Classifier classifier, Run run) throws IOException {
    ReleaseManifest from = parts.release().manifest();
    var state = new MethodState(parts.engine()); // the networks stay the training's to close
    state.add(from.representation(), classifier.backbone());
    state.add(Classifier.HEAD, classifier.head());
    var provenance = new TreeMap<>(from.provenance());
    provenance.put("fineTunedFrom", from.key());
    provenance.put("classes", String.join(",", parts.classes()));
    provenance.put("labels", Integer.toString(run.labels()));
    if (plan.auxiliary() != null) {
      provenance.put("auxiliary", plan.weight() + " " + plan.auxiliary());
    }
    String name = plan.publish() == null ? from.model() + "-finetuned" : plan.publish();
    var draft =
        new ReleaseDraft(
            name,
            "finetune",
            from.representation(),
            from.featureDim(),
            Map.of(
                from.representation(),
                classifier.backbone().spec(),
                Classifier.HEAD,
                classifier.head().spec()),
            Set.of(),
            state.snapshot(),
            parts.engine().info(),
            from.preprocessing(),
            FeedPosition.start(),
            run.training().steps(),
            run.training().images(),
            Map.of("testAccuracy", run.accuracy().top1()),
            provenance);
    ReleaseManifest written;
    try (var log = new MemoryReleaseLog()) {
      written = publisher(log, out).publish(draft);
    }
    Files.write(out.resolve("manifest.json"), written.toJson());
    if (plan.publish() != null) {
      try (var log =
          new KafkaReleaseLog(config.kafka().clients(), config.topicNames().modelReleases())) {
        written = publisher(log, config.releasesDir()).publish(draft);
      }
    }
    return written.key() + " in " + out.resolve("manifest.json");
  }

  private ReleasePublisher publisher(ReleaseLog log, Path folder) {
    return new ReleasePublisher(log, folder, DurableFiles.real(), clock);
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

  private String progress(int done, double share, long started) {
    double all = (done + share) / plan.trainings();
    double elapsed = (clock.millis() - started) / 1000.0;
    return String.format(
        Locale.ROOT,
        "training %d/%d · %.0f %% · %s left",
        done + 1,
        plan.trainings(),
        100 * share,
        Compare.time(all > 0 ? elapsed / all - elapsed : 0));
  }

  private void show(String text) {
    long now = clock.millis();
    if (now - shown >= SHOW_MILLIS) {
      shown = now;
      line.show(text);
    }
  }
}
