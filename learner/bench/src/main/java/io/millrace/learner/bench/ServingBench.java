package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.javalin.Javalin;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.method.BackboneSettings;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.Methods;
import io.millrace.learner.method.ModelSettings;
import io.millrace.learner.method.Recipe;
import io.millrace.learner.release.KafkaReleaseLog;
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
import io.millrace.serving.embed.ModelRunner;
import io.millrace.serving.embed.ReleaseEmbedder;
import io.millrace.serving.http.AccessToken;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.http.ServingApi;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.KafkaReleaseBook;
import io.millrace.serving.kafka.ServingMetrics;
import io.millrace.serving.kafka.ServingSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What serving costs beside the network: embedding the stream, refreshing it, answering HTTP. */
@Command(
    name = "serving",
    description = "Rates of embedding, refresh and HTTP ÷ bare inference; latencies.")
final class ServingBench extends Benchmark {
  private static final int BATCH = 32;
  private static final int CLIENTS = 4;

  @Option(names = "--images", defaultValue = "6000", description = "Gallery (${DEFAULT-VALUE}).")
  int count;

  @Option(names = "--calls", defaultValue = "100", description = "HTTP calls (${DEFAULT-VALUE}).")
  int calls;

  @Option(names = "--rounds", defaultValue = "5", description = "Rounds (${DEFAULT-VALUE}).")
  int rounds;

  @Option(names = "--width", defaultValue = "1.0", description = "ResNet-18's (${DEFAULT-VALUE}).")
  double width;

  @Override
  Result measure() throws Exception {
    ModelSettings model =
        ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(width));
    List<ImageRecord> images = Stage.synthetic(count);
    try (Stage stage = new Stage();
        Engine engine = engine();
        var log = new KafkaReleaseLog(stage.clients(), stage.topics.modelReleases())) {
      Path releases = stage.folder.resolve("releases");
      ReleaseManifest first = release(model, engine, log, releases, 1);
      List<PixelImage> pixels = images.subList(0, 512).stream().map(stage::pixels).toList();
      double bare = bare(first, releases, engine, pixels);
      stage.send(images, stage.topics.imagesAccepted());
      double embedding = embedding(stage, releases, first.version());
      ReleaseManifest second = release(model, engine, log, releases, 2);
      double refresh = embedding(stage, releases, second.version());
      new ReleaseDecisions(log, first.model()).promote(second.version());
      Http http = http(stage, releases, first, engine, pixels.subList(0, BATCH));
      return new Result(
          "serving",
          "Serving ResNet-18, width " + width + ", " + count + " images of 32×32",
          List.of(
              row(
                  "bare inference, images/s",
                  bare,
                  "embedding, images/s",
                  embedding,
                  "embedding ÷ bare",
                  embedding / bare,
                  "refresh, images/s",
                  refresh,
                  "refresh ÷ embedding",
                  refresh / embedding,
                  "in process ÷ HTTP seconds, batches of 32",
                  http.ratio,
                  "HTTP images/s, 4 clients",
                  http.perSecond,
                  "p50 ms",
                  http.p50,
                  "p99 ms",
                  http.p99)));
    }
  }

  private static Engine engine() {
    return Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
  }

  private static ReleaseManifest release(
      ModelSettings model, Engine engine, KafkaReleaseLog log, Path folder, long step)
      throws IOException {
    Method method = Methods.create("byol", model.withSeed(step));
    try (MethodState state = method.initialise(engine)) {
      var networks = new TreeMap<String, NetworkSpec>();
      state.networks().forEach((name, network) -> networks.put(name, network.spec()));
      return new ReleasePublisher(log, folder, DurableFiles.real(), Clock.systemUTC())
          .publish(
              new ReleaseDraft(
                  "millrace",
                  "byol",
                  method.representation(),
                  OutputFeatures.of(state.network(method.representation()).spec()),
                  networks,
                  method.releasedTensors(),
                  state.snapshot(),
                  engine.info(),
                  model.preprocessing(),
                  FeedPosition.start(),
                  step,
                  0,
                  Map.of(),
                  Map.of(
                      Recipe.KEY, new Recipe("byol", model, Methods.defaults("byol")).toJson())));
    }
  }

  /** Network alone, on ready inputs, in the batches of the serving role. */
  private static double bare(
      ReleaseManifest manifest, Path releases, Engine engine, List<PixelImage> pixels)
      throws IOException {
    try (var embedder = new ReleaseEmbedder(new ReleaseReader(releases).load(manifest, engine))) {
      List<float[]> inputs = pixels.stream().map(embedder::input).toList();
      int batch = ServingSettings.defaults().batch();
      double best = 0;
      for (int round = 0; round < 4; round++) {
        long from = System.nanoTime();
        for (int i = 0; i + batch <= inputs.size(); i += batch) {
          embedder.embedInputs(inputs.subList(i, i + batch));
        }
        best = Math.max(best, inputs.size() / ((System.nanoTime() - from) / 1e9));
      }
      return best;
    }
  }

  /** The serving role over the whole gallery, from its first batch to its last. */
  private double embedding(Stage stage, Path releases, long version) throws Exception {
    ServingSettings d = ServingSettings.defaults();
    var settings =
        new ServingSettings(
            d.batch(),
            d.linger(),
            d.keepVersions(),
            1,
            d.decodeThreads(),
            d.instance(),
            d.transactionTimeout(),
            d.progressEvery(),
            d.retryDelay(),
            false);
    var first = new AtomicLong();
    var done = new AtomicLong();
    var end = new AtomicLong();
    var all = new CountDownLatch(1);
    var metrics =
        new ServingMetrics() {
          @Override
          public void published(Batch batch) {
            if (batch.version() != version || batch.embeddings() == 0) {
              return;
            }
            // The first batch loads and warms up: time begins when it is done.
            if (first.compareAndSet(0, System.nanoTime())) {
              return;
            }
            if (done.addAndGet(batch.embeddings()) >= count - d.batch()) {
              end.compareAndSet(0, System.nanoTime());
              all.countDown();
            }
          }
        };
    try (Engine engine = engine();
        var service =
            new EmbeddingService(
                settings,
                "millrace",
                stage.topics,
                stage.clients(),
                ReleaseEmbedder.loader(new ReleaseReader(releases), () -> engine),
                stage.decoder::decode,
                metrics,
                Clock.systemUTC())) {
      var thread = new Thread(service::run, "serving");
      thread.start();
      all.await();
      service.close();
      thread.join();
    }
    return done.get() / ((end.get() - first.get()) / 1e9);
  }

  private record Http(double ratio, double perSecond, double p50, double p99) {}

  private Http http(
      Stage stage, Path releases, ReleaseManifest manifest, Engine engine, List<PixelImage> pixels)
      throws Exception {
    ApiSettings settings = ApiSettings.defaults();
    var api =
        new ServingApi(
            settings,
            SearchSettings.defaults(),
            AccessToken.in(stage.folder.resolve("http-token")),
            "127.0.0.1",
            new KafkaReleaseBook(
                stage.clients(), stage.topics, manifest.model(), OptionalLong::empty),
            new ModelRunner(new ReleaseReader(releases), ServingBench::engine, 2, 32),
            () -> null,
            stage.decoder::decode);
    Javalin server = Javalin.create(api::register).start("127.0.0.1", 0);
    try (api;
        var embedder = new ReleaseEmbedder(new ReleaseReader(releases).load(manifest, engine))) {
      HttpRequest request =
          request(
              "http://127.0.0.1:"
                  + server.port()
                  + "/v2/models/embed/versions/"
                  + manifest.version()
                  + "/infer",
              pixels);
      HttpClient client = HttpClient.newHttpClient();
      Rounds.Pair pair =
          Rounds.pair(
              1,
              rounds,
              () -> repeat(() -> call(client, request)),
              () -> repeat(() -> embedder.embed(pixels)));
      double[] millis = new double[calls * CLIENTS];
      var threads = new ArrayList<Thread>();
      long from = System.nanoTime();
      for (int c = 0; c < CLIENTS; c++) {
        int at = c * calls;
        var thread =
            new Thread(
                () -> {
                  for (int i = 0; i < calls; i++) {
                    long start = System.nanoTime();
                    call(client, request);
                    millis[at + i] = (System.nanoTime() - start) / 1e6;
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      double seconds = (System.nanoTime() - from) / 1e9;
      Arrays.sort(millis);
      return new Http(
          pair.bOverA(),
          (double) millis.length * BATCH / seconds,
          millis[millis.length / 2],
          millis[millis.length * 99 / 100]);
    } finally {
      server.stop();
    }
  }

  private void repeat(Rounds.Work work) throws Exception {
    for (int i = 0; i < Math.max(1, calls / 10); i++) {
      work.run();
    }
  }

  private static void call(HttpClient client, HttpRequest request) {
    try {
      HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      if (answer.statusCode() != 200) {
        throw new IllegalStateException(new String(answer.body(), StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpRequest request(String address, List<PixelImage> pixels) {
    int side = pixels.get(0).width();
    byte[] planes = new byte[pixels.size() * 3 * side * side];
    for (int i = 0; i < pixels.size(); i++) {
      byte[] rgb = pixels.get(i).rgb();
      for (int p = 0; p < side * side; p++) {
        for (int c = 0; c < 3; c++) {
          planes[(3 * i + c) * side * side + p] = rgb[3 * p + c];
        }
      }
    }
    String head =
        "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"images\","
            + "\"datatype\":\"UINT8\",\"shape\":["
            + pixels.size()
            + ",3,"
            + side
            + ","
            + side
            + "],\"parameters\":{\"binary_data_size\":"
            + planes.length
            + "}}]}";
    var body = new ByteArrayOutputStream();
    body.writeBytes(head.getBytes(StandardCharsets.UTF_8));
    body.writeBytes(planes);
    return HttpRequest.newBuilder(URI.create(address))
        .header("Inference-Header-Content-Length", Integer.toString(head.length()))
        .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
        .build();
  }
}
