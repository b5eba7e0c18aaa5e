package io.millrace.learner.bench;

import io.javalin.config.JavalinConfig;
import io.javalin.http.HandlerType;
import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.registry.MethodConfig;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Precision;
import io.millrace.ops.dashboard.Dashboard;
import io.millrace.ops.dashboard.DashboardContext;
import io.millrace.ops.dashboard.DashboardState;
import io.millrace.ops.dashboard.Explorer;
import io.millrace.ops.dashboard.HttpConfig;
import io.millrace.ops.dashboard.Status;
import io.millrace.ops.dashboard.ThumbnailCache;
import io.millrace.ops.health.Health;
import io.millrace.ops.metrics.Meters;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelRunner;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.http.AccessControl;
import io.millrace.serving.http.AccessToken;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.http.ReleaseCatalog;
import io.millrace.serving.http.RequestDecoder;
import io.millrace.serving.http.ServingApi;
import io.millrace.serving.index.IndexedVector;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;

/** All routes of a process, over a small model, an index and no Kafka, on the loopback address. */
final class FuzzServer implements AutoCloseable {
  static final int SIDE = 16;
  private static final String MODEL = "fuzzed";

  private final Meters meters = new Meters();
  private final ApiSettings settings = ApiSettings.defaults();
  private final RequestDecoder decoder = new RequestDecoder(settings);
  private final VectorIndex index;
  private final ServingApi api;
  private final Dashboard dashboard;
  private final String token;
  private final List<JavalinConfig> servers = new ArrayList<>();

  /**
   * @param folder for weights, index and token
   */
  FuzzServer(Path folder) throws IOException {
    Path releases = folder.resolve("releases");
    var log = new MemoryReleaseLog();
    ReleaseManifest release = release(log, releases);
    var version = new ModelVersion(MODEL, release.version());
    index = VectorIndex.open(folder.resolve("index"), version, "log", SearchSettings.defaults(), 0);
    var random = new Random(1);
    for (int i = 0; i < 50; i++) {
      float[] features = new float[release.featureDim()];
      for (int j = 0; j < features.length; j++) {
        features[j] = (float) random.nextGaussian();
      }
      float[] unit = Objects.requireNonNull(Embedding.of(features)).vector();
      index.put(new IndexedVector("i" + i, unit, "s", i));
    }
    index.refresh();
    Path file = folder.resolve("http-token");
    AccessToken access = AccessToken.in(file);
    token = Files.readString(file).strip();
    api =
        new ServingApi(
            settings,
            SearchSettings.defaults(),
            access,
            "127.0.0.1",
            new Book(log),
            new ModelRunner(new ReleaseReader(releases), FuzzServer::engine, 1, 32),
            () -> index,
            decoder);
    Instant now = Instant.now();
    var board =
        new DashboardState(
            new Status(
                now,
                now,
                "running",
                null,
                List.of("serving"),
                null,
                null,
                null,
                List.of(),
                List.of()));
    board.images().add(new ThumbnailCache.Image("i0", "s", null, picture()));
    dashboard =
        Dashboard.start(
            HttpConfig.defaults().withPort(0),
            new DashboardContext(
                board,
                new Health(Clock.systemUTC()),
                meters::scrape,
                DashboardContext.Timing.NONE,
                Explorer.NONE,
                List.of(
                    new AccessControl(settings, access, "127.0.0.1")::register,
                    api::register,
                    servers::add)));
  }

  private static BufferedImage picture() {
    return new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
  }

  private static Engine engine() {
    return Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
  }

  private static ReleaseManifest release(MemoryReleaseLog log, Path folder) throws IOException {
    var model =
        new ModelSettings(
            3,
            BackboneSettings.defaults().withWidth(0.125),
            Preprocessing.defaults().withSize(SIDE));
    Method method = Methods.create("byol", model);
    var images = new ArrayList<PixelImage>();
    for (int i = 0; i < 4; i++) {
      byte[] rgb = new byte[3 * SIDE * SIDE];
      new Random(i).nextBytes(rgb);
      images.add(new PixelImage(SIDE, SIDE, rgb));
    }
    try (Engine engine = engine();
        MethodState state = method.initialize(engine)) {
      method.step(
          new ImageBatch(0, IdentifiedImage.zip(List.of("a", "b", "c", "d"), images)), state);
      var networks = new TreeMap<String, NetworkSpec>();
      state.networks().forEach((key, network) -> networks.put(key, network.spec()));
      String recipe = new MethodConfig("byol", model, Methods.defaults("byol")).toJson();
      return new ReleasePublisher(log, folder, DurableFiles.real(), Clock.systemUTC())
          .publish(
              new ReleaseDraft(
                  MODEL,
                  "byol",
                  method.representation(),
                  OutputFeatures.of(state.network(method.representation()).spec()),
                  networks,
                  method.releasedTensors(),
                  state.snapshot(),
                  engine.info(),
                  model.preprocessing(),
                  FeedPosition.start(),
                  1,
                  4,
                  Map.of(),
                  Map.of(MethodConfig.KEY, recipe)));
    }
  }

  int port() {
    return dashboard.port();
  }

  String token() {
    return token;
  }

  /** Every route there is, as {@code METHOD path}. */
  List<String> routes() {
    return servers.get(0).unsafe.internalRouter.allHttpHandlers().stream()
        .filter(
            parsed ->
                parsed.endpoint.method == HandlerType.GET
                    || parsed.endpoint.method == HandlerType.POST)
        .map(parsed -> parsed.endpoint.method + " " + parsed.endpoint.path)
        .distinct()
        .toList();
  }

  @Override
  public void close() throws IOException {
    api.close();
    dashboard.close();
    decoder.close();
    meters.close();
    index.close();
  }

  /** A book that says yes to everything and does nothing. */
  private record Book(MemoryReleaseLog log) implements ReleaseCatalog {
    @Override
    public String model() {
      return MODEL;
    }

    @Override
    public List<ReleaseManifest> releases() {
      return log.releases(MODEL);
    }

    @Override
    public OptionalLong serving() {
      return log.serving(MODEL);
    }

    @Override
    public void promote(long version) {
      if (version != 1) {
        throw new IllegalArgumentException("there is no version " + version);
      }
    }

    @Override
    public void reject(long version, String why) {
      throw new IllegalArgumentException("it serves");
    }

    @Override
    public OptionalLong promoted() {
      return serving();
    }

    @Override
    public OptionalLong rollbackTarget() {
      return OptionalLong.empty();
    }

    @Override
    public ReleaseDecisions.RolledBack rollback() {
      return new ReleaseDecisions.RolledBack(2, 1);
    }

    @Override
    public void forget(String imageId) {
      // There are no images.
    }
  }
}
