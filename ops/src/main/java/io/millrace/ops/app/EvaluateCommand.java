package io.millrace.ops.app;

import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.evaluate.KnnFigures;
import io.millrace.learner.evaluate.KnnProbe;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Initialiser;
import io.millrace.learner.tensor.Network;
import io.millrace.ops.dashboard.Json;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace evaluate}. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = {
      "Tells how well a release separates classes it was never told of, and prints JSON.",
      "kNN accuracy in percent on the held-out part of labelled images (a test/ folder, or a tenth "
          + "of each class): of the release, of the same network untrained, and of raw pixels."
    },
    footer = {
      "",
      "Examples:",
      "  millrace evaluate --release latest --data photos.zip --config millrace.yaml",
      "  millrace evaluate --release 3 --data photos.zip --data-dir ./demo"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private CommonOptions common = new CommonOptions();

  @Mixin private ReleaseChoice release = new ReleaseChoice();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "PATH",
      description = "Labelled images: a folder or archive with a folder for each class.")
  private String data = "";

  @Option(names = "--k", paramLabel = "N", description = "Neighbours that vote (20).")
  private @Nullable Integer k;

  @Option(
      names = "--bank",
      paramLabel = "N",
      description = "Labelled images to search, at most (2000).")
  private @Nullable Integer bank;

  @Option(
      names = "--queries",
      paramLabel = "N",
      description = "Labelled images to ask about, at most (1000).")
  private @Nullable Integer queries;

  /** What is printed. */
  record Result(
      String model,
      long version,
      String method,
      long step,
      int k,
      int bank,
      int queries,
      int classes,
      Summary.Knn knn) {}

  @Override
  public Integer call() throws Exception {
    Logs.toStderr(common.verbose);
    MillraceConfig config = CommonOptions.withKnownEngine(common.read(MillraceConfig.defaults()));
    Result result = release.in(config, this::evaluate);
    System.out.println(
        Json.mapper().writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(result));
    return 0;
  }

  private Result evaluate(MillraceConfig config, ReleaseManifest manifest) throws IOException {
    ProbeSettings defaults = config.learner().probe();
    ProbeSettings settings = settings(defaults);
    try (ImageSource source = Sources.open(data, config.synthetic());
        var decoder = new ImageDecoder(config.decode());
        Engine engine = Engines.open(config.engine().name(), config.engine().options());
        LoadedRelease loaded = new ReleaseReader(config.releasesDir()).load(manifest, engine);
        Network fresh = engine.network(manifest.network())) {
      ProbeImages images =
          HeldOut.probe(source, decoder, settings, config.learner().replay().maxSide());
      if (images == null) {
        throw new UserError(
            data
                + " gives no kNN figure: expected two or more classes and more than "
                + settings.k()
                + " labelled held-out images");
      }
      Initialiser.initialise(engine, fresh, seed(manifest));
      KnnFigures figures =
          new KnnProbe(engine, loaded.view(), images, settings, fresh).figures(loaded.network());
      return new Result(
          manifest.model(),
          manifest.version(),
          manifest.method(),
          manifest.step(),
          settings.k(),
          images.bank().size(),
          images.queries().size(),
          source.labels().size(),
          new Summary.Knn(figures.raw(), figures.untrained(), figures.trained()));
    }
  }

  private ProbeSettings settings(ProbeSettings defaults) {
    try {
      return new ProbeSettings(
          defaults.everySeconds(),
          k == null ? defaults.k() : k,
          bank == null ? defaults.bank() : bank,
          queries == null ? defaults.queries() : queries);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--" + e.getMessage());
    }
  }

  private static long seed(ReleaseManifest manifest) {
    String seed = manifest.provenance().getOrDefault("seed", "1");
    return seed.matches("-?\\d{1,18}") ? Long.parseLong(seed) : 1;
  }
}
