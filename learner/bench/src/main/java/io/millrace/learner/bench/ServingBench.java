package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Tensor;
import io.millrace.serving.embed.ReleaseEmbedder;
import io.millrace.serving.kafka.ServingSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What serving costs beside the network: embedding the stream, refreshing it while live images
 * come, answering HTTP. What is compared has the same network, batch and engine threads.
 */
@Command(
    name = "serving",
    description = "Rates of embedding, refresh and HTTP ÷ bare inference; delays and latencies.")
final class ServingBench extends Benchmark {
  private static final String MODEL = "millrace";
  private static final int CALL = 32;
  private static final int CLIENTS = 4;
  private static final double[] NONE = {};
  private static final int BATCH = ServingSettings.defaults().batch();

  @Option(
      names = "--images",
      defaultValue = "2000",
      description = "Embedded in each round; the gallery has those of all (${DEFAULT-VALUE}).")
  int count;

  @Option(names = "--calls", defaultValue = "100", description = "HTTP calls (${DEFAULT-VALUE}).")
  int calls;

  @Option(names = "--rounds", defaultValue = "3", description = "Rounds (${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--width",
      split = ",",
      defaultValue = "1,0.125",
      description = "ResNet-18's, with commas between (${DEFAULT-VALUE}).")
  List<Double> widths;

  ServingBench() {
    this.widths = List.of();
  }

  @Override
  Result measure() throws Exception {
    var rows = new ArrayList<Map<String, Object>>();
    for (double width : widths) {
      try (Run run = new Run(width, rows)) {
        run.stream();
        run.http();
      }
    }
    return new Result(
        "serving",
        "Serving ResNet-18, images of 32×32, batches of "
            + BATCH
            + ", "
            + count * rounds
            + " images in the gallery, serving.refreshShare 1",
        rows);
  }

  private static Engine engine() {
    return Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
  }

  /** One network. */
  private final class Run implements AutoCloseable {
    private final double width;
    private final List<Map<String, Object>> rows;
    private final ModelSettings model;
    private final Stage stage = new Stage();
    private final Path releases = stage.folder.resolve("releases");
    private final Engine engine = engine();
    private final KafkaReleaseLog log =
        new KafkaReleaseLog(stage.clients(), stage.topics.modelReleases());
    private final List<ImageRecord> images = Stage.synthetic(count);
    private long releasesMade;

    Run(double width, List<Map<String, Object>> rows) throws IOException {
      this.width = width;
      this.rows = rows;
      model = ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(width));
    }

    /** Publishes another release and promotes it. */
    private ReleaseManifest release() throws IOException {
      long version = publish();
      new ReleaseDecisions(log, MODEL).promote(version);
      List<ReleaseManifest> all = log.releases(MODEL);
      return all.get(all.size() - 1);
    }

    /** Publishes a candidate whose weights are as they were initialized. */
    private long publish() throws IOException {
      return MadeRelease.publish(
              MODEL,
              log,
              releases,
              engine,
              model,
              Methods.defaults(MadeRelease.METHOD),
              model.preprocessing(),
              ++releasesMade)
          .version();
    }

    // The stream.

    void stream() throws Exception {
      ReleaseManifest first = release();
      try (Engine another = engine();
          var serving = new WatchedServing(stage, MODEL, releases, another)) {
        serving.awaitLive(first.version());
        double[] bare = new double[rounds];
        double[] embedding = new double[rounds];
        double[] ratios = new double[rounds];
        embed(serving, "warm-up"); // the first one warms up
        for (int i = 0; i < rounds; i++) {
          double before = bare(first);
          embedding[i] = embed(serving, "round " + i);
          bare[i] = (before + bare(first)) / 2;
          ratios[i] = embedding[i] / bare[i];
        }
        double usual = Rounds.median(embedding);
        add("bare inference", Rounds.median(bare), "", NONE, NONE);
        add("embedding", usual, "bare inference", ratios, NONE);
        double[] calm = serving.delays(images, 2, () -> Thread.sleep(15_000));
        add("2 live images/s alone", 2, "", NONE, calm);
        refresh(serving, "refresh", 0, usual);
        refresh(serving, "refresh beside 2 live images/s", 2, usual);
        refresh(serving, "refresh beside live images, a tenth of the rate", usual / 10, usual);
      }
    }

    private double embed(WatchedServing serving, String round) {
      return serving.embed(
          images.stream().map(image -> Stage.named(image, round + image.id())).toList());
    }

    private void refresh(WatchedServing serving, String what, double live, double usual)
        throws Exception {
      double[] rates = new double[rounds];
      double[] delays = NONE;
      for (int i = 0; i < rounds; i++) {
        int round = i;
        long next = publish();
        Rounds.Work refresh =
            () ->
                rates[round] =
                    serving.refresh(next, () -> new ReleaseDecisions(log, MODEL).promote(next));
        if (live == 0) {
          refresh.run();
        } else {
          delays = concat(delays, serving.delays(images, live, refresh));
        }
      }
      double[] ratios = Arrays.stream(rates).map(rate -> rate / usual).toArray();
      add(what, Rounds.median(rates), "embedding", ratios, delays);
    }

    /** Images a second through the network alone, from tensors on the engine to the host. */
    private double bare(ReleaseManifest manifest) throws IOException {
      try (LoadedRelease release = new ReleaseReader(releases).load(manifest, engine);
          var scope = engine.scope()) {
        Tensor batch =
            release.view().of(engine, images.stream().limit(BATCH).map(stage::pixels).toList());
        int batches = (count + BATCH - 1) / BATCH;
        long from = System.nanoTime();
        for (int i = 0; i < batches; i++) {
          try (var inner = engine.scope();
              var pass = release.network().forward(batch, Mode.EVAL, false)) {
            pass.output().toFloats();
          }
        }
        return batches * BATCH / ((System.nanoTime() - from) / 1e9);
      }
    }

    // HTTP.

    void http() throws Exception {
      ReleaseManifest manifest = release();
      List<PixelImage> pixels = images.stream().limit(CALL).map(stage::pixels).toList();
      try (var server = new CallServer(manifest, releases);
          var embedder = new ReleaseEmbedder(new ReleaseReader(releases).load(manifest, engine))) {
        String path = "/v2/models/embed/versions/" + manifest.version() + "/infer";
        HttpRequest request = request(server.address() + path, pixels);
        for (int clients : new int[] {1, CLIENTS}) {
          var millis = new ArrayList<double[]>();
          Rounds.Pair pair =
              Rounds.pair(
                  1,
                  rounds,
                  () -> millis.add(ask(request, clients)),
                  () -> {
                    for (int i = 0; i < calls; i++) {
                      embedder.embed(pixels);
                    }
                  });
          add(
              "embed by HTTP, " + CALL + " images a call, clients: " + clients,
              calls * CALL / pair.a(),
              "the same in process",
              new double[] {pair.low(), pair.bOverA(), pair.high()},
              millis.stream().skip(1).reduce(NONE, ServingBench::concat));
        }
      }
    }

    /** Shares the calls among clients; milliseconds of each. */
    private double[] ask(HttpRequest request, int clients) throws InterruptedException {
      HttpClient client = HttpClient.newHttpClient();
      double[] millis = new double[calls];
      var threads = new ArrayList<Thread>();
      for (int c = 0; c < clients; c++) {
        int first = c;
        var thread =
            new Thread(
                () -> {
                  for (int i = first; i < calls; i += clients) {
                    long start = System.nanoTime();
                    call(client, request);
                    millis[i] = (System.nanoTime() - start) / 1e6;
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      return millis;
    }

    private void add(String what, double rate, String of, double[] ratios, double[] millis) {
      var line =
          row(
              "width", width,
              "what", what,
              "images/s", rate,
              "÷", of,
              "ratio", percentile(ratios, 50),
              "lowest", percentile(ratios, 0),
              "highest", percentile(ratios, 100),
              "p50, ms", percentile(millis, 50),
              "p99, ms", percentile(millis, 99),
              "longest, ms", percentile(millis, 100));
      System.err.println(line);
      rows.add(line);
    }

    @Override
    public void close() throws IOException {
      log.close();
      engine.close();
      stage.close();
    }
  }

  private static double[] concat(double[] a, double[] b) {
    return DoubleStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
  }

  /** Null where there are no values. */
  private static @Nullable Double percentile(double[] values, int percent) {
    double[] sorted = Arrays.stream(values).sorted().toArray();
    return sorted.length == 0 ? null : (Double) sorted[(sorted.length - 1) * percent / 100];
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
