package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.serving.embed.Embedder;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.embed.ReleaseLoader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small release is fine-tuned, and what comes of it is evaluated and served. */
class FineTuneTest {
  private static final List<String> SMALL =
      List.of(
          "--set", "model.preprocessing.size=16",
          "--set", "model.backbone.width=0.125",
          "--set", "engine.threads=1",
          "--set", "synthetic.shapes=2",
          "--set", "synthetic.textures=1",
          "--set", "synthetic.side=16",
          "--set", "synthetic.heldOut=60");

  @TempDir Path folder;
  private Path manifest;

  @BeforeEach
  void release() throws IOException {
    manifest = TinyRelease.write(folder.resolve("releases"));
  }

  private record Ran(int code, String out, String err) {}

  private static Ran run(List<String> more, String... args) {
    var err = new StringWriter();
    var out = new ByteArrayOutputStream();
    PrintStream stdout = System.out;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      var command = Main.commandLine();
      command.setErr(new PrintWriter(err, true));
      var all = new ArrayList<>(List.of(args));
      all.addAll(more);
      all.addAll(SMALL);
      int code = Main.execute(command, all.toArray(String[]::new));
      return new Ran(code, out.toString(StandardCharsets.UTF_8), err.toString());
    } finally {
      System.setOut(stdout);
    }
  }

  private Ran finetune(String... more) {
    return run(
        List.of(more),
        "finetune",
        "--release",
        manifest.toString(),
        "--data",
        "synthetic",
        "--train-images",
        "40",
        "--out",
        folder.resolve("out").toString());
  }

  private Ran evaluate(Path release, String... more) {
    return run(
        List.of(more),
        "evaluate",
        "--release",
        release.toString(),
        "--data",
        "synthetic",
        "--bank",
        "40",
        "--queries",
        "20",
        "--k",
        "5",
        "--out",
        folder.resolve("evaluated").toString());
  }

  @Test
  void printsAllKindsOfTrainingAndWritesAModelThatServingLoads() throws Exception {
    Ran ran =
        finetune(
            "--label-fraction",
            "0.5",
            "--budget-images",
            "32",
            "--batch-size",
            "16",
            "--auxiliary",
            "byol",
            "--weight",
            "0.5");
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("from scratch", "from release", "from release + 0.500 byol")
        .contains("50 %", "gradients' cosine")
        .contains("model: tiny-finetuned@1");
    Path out = folder.resolve("out");
    JsonNode json = new ObjectMapper().readTree(out.resolve("finetune.json").toFile());
    assertThat(json.path("runs")).hasSize(4);
    JsonNode first = json.path("runs").get(3).path("training").path("log").get(0);
    assertThat(first.path("cosine").asDouble(2)).isBetween(-1.0, 1.0);
    assertThat(out.resolve("finetune.svg")).exists();

    byte[] written = Files.readAllBytes(out.resolve("manifest.json"));
    assertThat(ReleaseManifest.fromJson(written).networks()).containsKeys("student", "fc");
    try (Engine engine = Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
        Embedder embedder =
            ReleaseLoader.of(new ReleaseReader(out), () -> engine)
                .load(new ModelVersion("tiny-finetuned", 1), written)) {
      assertThat(embedder.embedInputs(List.of(new float[3 * 16 * 16]))).hasSize(1);
    }

    Ran evaluated = evaluate(out.resolve("manifest.json"), "--few-shot", "2,1", "--augment", "2");
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
    JsonNode metrics = new ObjectMapper().readTree(evaluated.out());
    for (String metric : List.of("knn", "knnWeighted", "linear")) {
      assertThat(metrics.path(metric).path("trained").asDouble()).as(metric).isBetween(0.0, 100.0);
    }
    JsonNode augmented = metrics.path("linearAugmented");
    assertThat(augmented.path("views").asInt()).isEqualTo(2);
    assertThat(augmented.path("trained").asDouble()).isBetween(0.0, 100.0);
    assertThat(metrics.path("linearTop5").isNull()).as("two classes").isTrue();
    assertThat(metrics.path("fewShot").path("trained").path("interval").asDouble()).isPositive();
    assertThat(folder.resolve("evaluated").resolve("evaluate.svg")).exists();
  }

  /** A release of a part, too, is held against the weights that its learner began with. */
  @Test
  void untrainedIsTheNetworkThatTheLearnerBeganWith() throws Exception {
    Path stages = TinyRelease.writeOfTwoStages(folder.resolve("stages"));
    Ran ran = evaluate(stages, "--layers");
    assertThat(ran.code()).as(ran.err()).isZero();
    JsonNode metrics = new ObjectMapper().readTree(ran.out());
    for (String metric : List.of("knn", "knnWeighted", "linear")) {
      assertThat(metrics.path(metric).path("untrained").asDouble())
          .as(metric + " of a network that has learned nothing")
          .isEqualTo(metrics.path(metric).path("trained").asDouble());
    }
    assertThat(metrics.path("layers"))
        .extracting(layer -> layer.path("name").asText())
        .contains("layer3", "layer3+output", "output");
    for (JsonNode layer : metrics.path("layers")) {
      assertThat(layer.path("untrainedKnn").asDouble())
          .as(layer.path("name").asText())
          .isEqualTo(layer.path("knn").asDouble());
      if (layer.path("name").asText().equals("layer3+output")) {
        assertThat(layer.path("knn").asDouble())
            .as("what it serves")
            .isEqualTo(metrics.path("knn").path("trained").asDouble());
        assertThat(layer.path("features").asInt()).isEqualTo(32 + 64);
      }
    }
  }

  @Test
  void wrongUseIsFoundBeforeTrainingStarts() {
    wrong("--label-fraction 0.001 leaves class", "--label-fraction", "0.001");
    wrong("--label-fraction is 2.0: expected over 0, at most 1", "--label-fraction", "2");
    wrong("--auxiliary is 'magic': expected one of [byol", "--auxiliary", "magic");
    wrong("--auxiliary distillation: methods.distillation.teacher", "--auxiliary", "distillation");
    wrong("--auxiliary gan: method gan can't be an auxiliary loss", "--auxiliary", "gan");
    wrong("--auxiliary and --freeze", "--auxiliary", "byol", "--freeze");
    wrong("--epochs and --budget-images", "--epochs", "1", "--budget-images", "9");
    wrong("--seeds is 0: expected 1 or more", "--seeds", "0");
    wrong("--publish is 'tiny': expected another model", "--publish", "tiny");
    wrong(
        "expected the network of tiny@1",
        "--auxiliary",
        "byol",
        "--set",
        "model.backbone.architecture=resnet34");
    assertThat(folder.resolve("out").resolve("finetune.json")).doesNotExist();
  }

  private void wrong(String message, String... more) {
    Ran ran = finetune(more);
    assertThat(ran.err()).contains(message);
    assertThat(ran.err().lines()).hasSize(1);
    assertThat(ran.code()).isEqualTo(2);
  }
}
