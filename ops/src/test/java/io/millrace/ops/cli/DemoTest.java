package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.decode.MixedPhotographs;
import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.testing.TestJvm;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole path in one process, with a network small enough for a test. */
class DemoTest {
  static final int IMAGES = 160;

  /** Settings of a demo that is over in seconds. */
  static final List<String> TINY =
      List.of(
          "http.port=0",
          "engine.device=cpu",
          "engine.threads=1",
          "model.backbone.width=0.125",
          "model.preprocessing.size=16",
          "methods.byol.firstView.size=16",
          "methods.byol.secondView.size=16",
          "methods.byol.projectorHidden=16",
          "methods.byol.projection=8",
          "methods.byol.predictorHidden=16",
          "methods.obow.words=32",
          "methods.obow.crops.size=16",
          "learner.batchSize=16",
          "learner.updatesPerBatch=3",
          "learner.batchWait=200ms",
          "learner.checkpoint.everySteps=5",
          "learner.release.warmUpSteps=4",
          "learner.release.everySeconds=0",
          "learner.monitor.referenceImages=16",
          "learner.monitor.windowImages=16",
          "learner.monitor.everySteps=5",
          "learner.probe.bank=40",
          "learner.probe.queries=20",
          "learner.probe.k=5",
          "serving.linger=50ms",
          "synthetic.side=16",
          "synthetic.images=" + IMAGES);

  @TempDir Path folder;

  @Test
  void countsAddUpAndASecondStartGoesOn() throws Exception {
    var printed = new ByteArrayOutputStream();
    var out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    CompletableFuture<Summary> running =
        CompletableFuture.supplyAsync(
            // At rest between full batches: all images are consumed, three updates each batch.
            () -> demo(30, out, "learner.idle=rest", "learner.batchWait=5s"));
    String page = address(printed, running);
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> running.isDone() || get(page + "metrics").contains("millrace_learner_steps"));
    assertThat(running)
        .as("still running: %s", printed.toString(StandardCharsets.UTF_8))
        .isNotCompletedExceptionally();
    if (!running.isDone()) {
      String meters = get(page + "metrics");
      assertThat(meters)
          .contains("millrace_ingest_accepted", "millrace_learner_loss", "jvm_memory", "kafka_");
      JsonNode status = new ObjectMapper().readTree(get(page + "api/status"));
      assertThat(status.path("roles")).hasSize(3);
      assertThat(get(page)).contains("<title>Millrace</title>");
    }

    Summary first = running.get(180, TimeUnit.SECONDS);
    assertThat(first.published()).isEqualTo(IMAGES);
    assertThat(first.accepted() + first.rejected().values().stream().mapToLong(n -> n).sum())
        .isEqualTo(first.published());
    assertThat(first.counters().applied() + first.counters().duplicates())
        .isEqualTo(first.accepted());
    assertThat(first.steps()).isEqualTo(30);
    assertThat(first.releases()).isPositive();
    assertThat(first.embeddings()).isPositive();
    assertThat(first.checkpoints()).isPositive();
    assertThat(first.lossFirst()).isFinite();
    assertThat(first.monitors()).containsKey("featureStd");
    assertThat(first.knn()).isNotNull();
    assertThat(first.engine()).isEqualTo("torch");

    Summary second = demo(5, out);
    assertThat(second.steps()).isGreaterThanOrEqualTo(first.steps() + 5);
    assertThat(second.published()).as("nothing is published twice").isEqualTo(IMAGES);
    assertThat(second.accepted()).isEqualTo(first.accepted());
    assertThat(second.counters().applied())
        .as("nothing is learned twice as new")
        .isEqualTo(first.counters().applied());
    assertThat(second.lossFirst()).isEqualTo(first.lossFirst());

    Path safetensors = export("safetensors");
    assertThat(SafeTensors.read(safetensors).tensors())
        .containsKeys("conv1.weight", "layer4.1.bn2.running_var")
        .doesNotContainKey("predictor.0.weight");
    assertThat(export("onnx")).isNotEmptyFile();
    assertThat(export("dl4j")).isNotEmptyFile();
    Path hub = folder.resolve("hub");
    export("--format=onnx", "--folder=" + hub, "--license=apache-2.0");
    assertThat(Files.readString(hub.resolve("README.md"))).contains("license: 'apache-2.0'");
    assertThat(hub.resolve("config.json")).isNotEmptyFile();
    assertThat(hub.resolve("model.onnx")).isNotEmptyFile();
    Path repository = folder.resolve("repository");
    export("--format=onnx", "--triton=" + repository);
    assertThat(repository.resolve("millrace").resolve("config.pbtxt")).isNotEmptyFile();
    assertThat(folder).isDirectoryNotContaining("glob:**.writing");
  }

  /** The latest release of the demo's folder, by the command line. */
  private Path export(String format) {
    Path file = folder.resolve("model." + format);
    export("--format=" + format, "--out=" + file);
    return file;
  }

  private void export(String... options) {
    var command =
        new ArrayList<>(
            List.of("export", "--release=latest", "--data-dir=" + folder.resolve("data")));
    command.addAll(List.of(options));
    assertThat(Main.commandLine().execute(command.toArray(String[]::new))).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void aFolderOfPhotographsRunsToItsEnd(String method) throws Exception {
    Path photographs = folder.resolve("photographs");
    MixedPhotographs.write(photographs);
    var out = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    Summary done = demo(photographs.toString(), 6, out, "method=" + method);
    var broken = new TreeMap<String, Long>();
    MixedPhotographs.BROKEN.forEach((reason, files) -> broken.put(reason.name(), files));
    assertThat(done.rejected()).isEqualTo(broken);
    assertThat(done.accepted()).isEqualTo(MixedPhotographs.GOOD);
    assertThat(done.published())
        .isEqualTo(done.accepted() + broken.values().stream().mapToLong(n -> n).sum());
    assertThat(done.counters().applied() + done.counters().duplicates()).isEqualTo(done.accepted());
    assertThat(done.steps()).isGreaterThanOrEqualTo(6);
    assertThat(done.lossLast()).isFinite();
    assertThat(done.knn()).as("too few labels, no metric").isNull();
  }

  @Test
  void aSignalEndsItWithACheckpointAndASummary() throws Exception {
    Path summary = folder.resolve("summary.json");
    List<String> command = TestJvm.command(512);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "demo",
            "--duration",
            "10m",
            "--data-dir",
            folder.resolve("data").toString(),
            "--summary",
            summary.toString()));
    TINY.forEach(setting -> command.addAll(List.of("--set", setting)));
    Path said = folder.resolve("said.txt");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      Path checkpoints = folder.resolve("data").resolve("checkpoints");
      await()
          .atMost(Duration.ofSeconds(120))
          .until(() -> !process.isAlive() || hasCheckpoint(checkpoints));
      assertThat(process.isAlive()).as(() -> read(said)).isTrue();
      process.destroy();
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(() -> read(said)).isZero();
      JsonNode written = new ObjectMapper().readTree(summary.toFile());
      assertThat(written.path("checkpoints").asInt()).isPositive();
      var fields = new TreeSet<String>();
      written.fieldNames().forEachRemaining(fields::add);
      assertThat(fields)
          .containsExactlyInAnyOrder(
              "published",
              "accepted",
              "rejected",
              "duplicates",
              "applied",
              "steps",
              "imagesPerSecond",
              "lossFirst",
              "lossLast",
              "skill",
              "monitors",
              "knn",
              "embeddings",
              "releases",
              "checkpoints",
              "peakResidentBytes",
              "engine",
              "device",
              "precision",
              "seed",
              "gaps",
              "undecodable",
              "forgotten",
              "withdrawn",
              "skipped",
              "shortened",
              "drifts");
    } finally {
      process.destroyForcibly();
    }
  }

  private Summary demo(long steps, PrintStream out, String... settings) {
    return demo(Sources.SYNTHETIC, steps, out, settings);
  }

  private Summary demo(String images, long steps, PrintStream out, String... settings) {
    var all = new ArrayList<>(TINY);
    all.addAll(List.of(settings));
    MillraceConfig config =
        ConfigReader.over(
                MillraceConfig.defaults(),
                ConfigReader.with(ConfigReader.tree(PackagedConfig.demo(), "demo.yaml"), all))
            .withDataDir(folder.resolve("data"));
    try {
      return new Demo(
              config,
              images,
              Duration.ofMinutes(3),
              steps,
              Clock.systemUTC(),
              LiveLine.plain(out),
              new RunUntilShutdown())
          .run();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String address(ByteArrayOutputStream printed, CompletableFuture<?> running) {
    Pattern page = Pattern.compile("live page: (\\S+)");
    await()
        .atMost(Duration.ofSeconds(90))
        .until(
            () ->
                running.isDone() || page.matcher(printed.toString(StandardCharsets.UTF_8)).find());
    if (running.isCompletedExceptionally()) {
      running.join();
    }
    var found = page.matcher(printed.toString(StandardCharsets.UTF_8));
    assertThat(found.find()).isTrue();
    return found.group(1);
  }

  private static String get(String url) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static boolean hasCheckpoint(Path checkpoints) throws Exception {
    if (!Files.isDirectory(checkpoints)) {
      return false;
    }
    try (var files = Files.list(checkpoints)) {
      return files.anyMatch(f -> f.getFileName().toString().startsWith("checkpoint-"));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }
}
