package io.millrace.ops.experiment;

import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.evaluate.FeatureExtractor;
import io.millrace.learner.evaluate.Features;
import io.millrace.learner.evaluate.FewShot;
import io.millrace.learner.evaluate.FewShotSettings;
import io.millrace.learner.evaluate.FrozenProbe;
import io.millrace.learner.evaluate.Knn;
import io.millrace.learner.evaluate.LabeledImages;
import io.millrace.learner.evaluate.LayerMetrics;
import io.millrace.learner.evaluate.LayerProbe;
import io.millrace.learner.evaluate.LinearProbeSettings;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.evaluate.ProbeMetrics;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.learner.method.ServedNetwork;
import io.millrace.learner.method.Whitening;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Truncation;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.terminal.RunUntilShutdown;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One evaluation of a release. */
public final class Evaluation {
  private final MillraceConfig config;
  private final String data;
  private final ProbeSettings settings;
  private final BankFrom bankFrom;
  private final @Nullable FewShotSettings episodes;
  private final boolean byLayer;
  private final int augmentedViews;
  private final long seed;

  /** Where the images come from that kNN searches and the linear probe is trained on. */
  public enum BankFrom {
    /** Images that the stream never shows. */
    HELD_OUT,
    /** Images of the stream, with their labels. */
    TRAIN
  }

  /**
   * @param augmentedViews random views of each labeled image for one more linear probe; 0 for none
   */
  public Evaluation(
      MillraceConfig config,
      String data,
      ProbeSettings settings,
      BankFrom bankFrom,
      @Nullable FewShotSettings episodes,
      boolean byLayer,
      int augmentedViews,
      long seed) {
    this.config = config;
    this.data = data;
    this.settings = settings;
    this.bankFrom = bankFrom;
    this.episodes = episodes;
    this.byLayer = byLayer;
    this.augmentedViews = augmentedViews;
    this.seed = seed;
  }

  /**
   * Few-shot episodes on the queries.
   *
   * @param untrained of the network with its initial weights
   */
  record Episodes(
      int ways, int shots, int episodes, FewShot.Result untrained, FewShot.Result trained) {}

  /**
   * kNN by another vote.
   *
   * @param k neighbors
   * @param temperature T of exp(similarity ÷ T) weights; 0 for plain votes
   */
  public record Vote(int k, double temperature, double raw, double untrained, double trained) {}

  /**
   * The linear probe trained on random views.
   *
   * @param views drawn of each labeled image
   */
  public record AugmentedLinear(int views, double untrained, double trained) {}

  /**
   * What is printed. Accuracies are in percent.
   *
   * @param knn the majority of the k nearest
   * @param knnWeighted the 200 nearest, weighted with temperature 0.1
   * @param linear linear probe
   * @param linearTop5 the right class among the probe's first five; null with fewer than five
   * @param linearAugmented null where not asked for
   * @param votes kNN by other votes
   * @param layers by layer, where asked for
   * @param fewShot null where not asked for
   */
  public record Result(
      String model,
      long version,
      String method,
      long step,
      int k,
      int bank,
      int queries,
      int classes,
      ProbeAccuracies knn,
      ProbeAccuracies knnWeighted,
      ProbeAccuracies linear,
      @Nullable ProbeAccuracies linearTop5,
      @Nullable AugmentedLinear linearAugmented,
      List<Vote> votes,
      @Nullable List<LayerMetrics> layers,
      @Nullable Episodes fewShot) {

    /** As charts. */
    public List<Plot.Panel> panels() {
      List<String> names = List.of("raw pixels", "untrained", "trained");
      var out = new ArrayList<Plot.Panel>();
      String title = model + "@" + version;
      out.add(panel(title + ": kNN, k = " + k, names, knn));
      out.add(panel(title + ": linear probe", names, linear));
      Episodes e = fewShot;
      if (e != null) {
        out.add(
            new Plot.Panel(
                String.format(Locale.ROOT, "%s: %d-way %d-shot", title, e.ways(), e.shots()),
                "accuracy, %",
                names.subList(1, 3),
                List.of(
                    new Plot.Series(
                        "accuracy", List.of(e.untrained().mean(), e.trained().mean())))));
      }
      return out;
    }

    private static Plot.Panel panel(String title, List<String> names, ProbeAccuracies metrics) {
      return new Plot.Panel(
          title,
          "accuracy, %",
          names,
          List.of(
              new Plot.Series(
                  "accuracy", List.of(metrics.raw(), metrics.untrained(), metrics.trained()))));
    }
  }

  /** Loads the release and measures it. */
  public Result run(ReleaseManifest manifest, Path releases) throws IOException {
    try (ImageSource source = Sources.open(data, config.synthetic());
        var decoder = new ImageDecoder(config.decode());
        Engine engine = Engines.open(config.engine().name(), config.engine().options());
        LoadedRelease loaded = new ReleaseReader(releases).load(manifest, engine);
        Network drawn = drawn(engine, loaded);
        Network fresh = untrained(engine, loaded, drawn)) {
      ProbeImages images =
          images(source, config.acceptImages(decoder), ShrunkSide.of(manifest, config));
      var probe =
          new FrozenProbe(
              engine,
              loaded.view(),
              images,
              settings.k(),
              LinearProbeSettings.defaults(),
              seed,
              RunUntilShutdown::requireGoOn);
      Episodes shots = episodes(engine, loaded, fresh, images.queries());
      FrozenProbe.Frozen pixels = probe.seePixels();
      FrozenProbe.Frozen before = probe.see(fresh);
      FrozenProbe.Frozen after = probe.see(loaded.network());
      ProbeMetrics raw = pixels.metrics();
      ProbeMetrics untrained = before.metrics();
      ProbeMetrics trained = after.metrics();
      RunUntilShutdown.requireGoOn();
      List<Vote> votes = votes(pixels, before, after);
      RunUntilShutdown.requireGoOn();
      return new Result(
          manifest.model(),
          manifest.version(),
          manifest.method(),
          manifest.step(),
          settings.k(),
          images.bank().size(),
          images.queries().size(),
          source.labels().size(),
          new ProbeAccuracies(raw.knn(), untrained.knn(), trained.knn()),
          new ProbeAccuracies(raw.knnWeighted(), untrained.knnWeighted(), trained.knnWeighted()),
          new ProbeAccuracies(raw.linear(), untrained.linear(), trained.linear()),
          top5(raw.linearTop5(), untrained.linearTop5(), trained.linearTop5()),
          augmentedViews == 0
              ? null
              : new AugmentedLinear(
                  augmentedViews,
                  probe.augmentedLinear(fresh, before, augmentedViews),
                  probe.augmentedLinear(loaded.network(), after, augmentedViews)),
          votes,
          byLayer ? layers(loaded, probe, drawn) : null,
          shots);
    }
  }

  private static List<Vote> votes(
      FrozenProbe.Frozen pixels, FrozenProbe.Frozen before, FrozenProbe.Frozen after) {
    Map<Knn, Double> raw = pixels.sweep();
    Map<Knn, Double> untrained = before.sweep();
    var out = new ArrayList<Vote>();
    after
        .sweep()
        .forEach(
            (knn, trained) ->
                out.add(
                    new Vote(
                        knn.k(),
                        knn.temperature(),
                        Objects.requireNonNull(raw.get(knn)),
                        Objects.requireNonNull(untrained.get(knn)),
                        trained)));
    return out;
  }

  /** The network whose part, or all, the release serves; weights are drawn by its name. */
  private static Network whole(LoadedRelease loaded) {
    ReleaseManifest manifest = loaded.manifest();
    return loaded.open(
        manifest.provenance().getOrDefault(ServedNetwork.WHOLE, manifest.representation()));
  }

  /** The whole as its learner drew it, before the first update. */
  private static Network drawn(Engine engine, LoadedRelease loaded) {
    Network whole = whole(loaded);
    Initializer.initialize(engine, whole, seed(loaded.manifest()));
    return whole;
  }

  /** What the release serves of that. */
  private static Network untrained(Engine engine, LoadedRelease loaded, Network drawn) {
    Network fresh = engine.network(Whitening.without(loaded.manifest().network()));
    Truncation.copy(drawn, fresh);
    return fresh;
  }

  private static List<LayerMetrics> layers(LoadedRelease loaded, FrozenProbe probe, Network drawn) {
    try (Network trained = whole(loaded)) {
      return LayerProbe.of(probe, trained, drawn);
    }
  }

  private static @Nullable ProbeAccuracies top5(
      @Nullable Double raw, @Nullable Double untrained, @Nullable Double trained) {
    return raw == null || untrained == null || trained == null
        ? null
        : new ProbeAccuracies(raw, untrained, trained);
  }

  private @Nullable Episodes episodes(
      Engine engine, LoadedRelease loaded, Network fresh, LabeledImages queries) {
    FewShotSettings e = episodes;
    if (e == null) {
      return null;
    }
    var extractor = new FeatureExtractor(engine, loaded.view(), RunUntilShutdown::requireGoOn);
    List<PixelImage> images = queries.images();
    Features untrained = extractor.features(fresh, images);
    Features trained = extractor.features(loaded.network(), images);
    try {
      return new Episodes(
          e.ways(),
          e.shots(),
          e.episodes(),
          FewShot.of(untrained, queries.labels(), e),
          FewShot.of(trained, queries.labels(), e));
    } catch (IllegalArgumentException wrong) {
      throw new ConfigException("--few-shot: " + wrong.getMessage());
    }
  }

  private ProbeImages images(ImageSource source, AcceptImages decoder, int maxSide) {
    ProbeImages heldOut = HeldOut.probe(source, decoder, settings, maxSide);
    if (heldOut == null) {
      throw new UserError(
          data
              + " gives no kNN metric: it has "
              + ClassesText.of(source)
              + "; expected two or more classes and more than "
              + settings.k()
              + " labeled held-out images");
    }
    if (bankFrom == BankFrom.HELD_OUT) {
      return heldOut;
    }
    LabeledImages bank =
        LoadedImages.draw(
                source.stream(),
                decoder,
                settings.bank(),
                maxSide,
                seed,
                n -> RunUntilShutdown.requireGoOn())
            .labeled(source.labels());
    if (bank.size() < settings.k()) {
      throw new UserError(
          data
              + " has "
              + bank.size()
              + " labeled images for training: expected k ("
              + settings.k()
              + ") or more");
    }
    return new ProbeImages(bank, heldOut.queries());
  }

  /** The seed that a release's network was initialized from. */
  private static long seed(ReleaseManifest manifest) {
    String seed = manifest.provenance().getOrDefault("seed", "1");
    return seed.matches("-?\\d{1,18}") ? Long.parseLong(seed) : 1;
  }
}
