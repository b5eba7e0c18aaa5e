package io.millrace.ops.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.learner.compare.Budget;
import io.millrace.learner.compare.MethodResult;
import io.millrace.learner.evaluate.LinearProbeSettings;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.WrittenFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrialTest {
  @TempDir Path folder;

  /** Small runs of two seeds. */
  private TrialReport trial(TrialArms read, ByteArrayOutputStream said, boolean layers)
      throws IOException {
    MillraceConfig base =
        ConfigReader.over(
            PackagedConfig.demoConfig(),
            List.of(
                "learner.probe.bank=20",
                "learner.probe.queries=10",
                "learner.monitor.referenceImages=8",
                "learner.monitor.windowImages=8",
                "synthetic.shapes=3",
                "synthetic.textures=1",
                "synthetic.heldOut=60"));
    var arms = new ArrayList<TrialExperiment.Arm>();
    for (long seed = 1; seed <= 2; seed++) {
      for (var arm : read.arms().entrySet()) {
        var config = ConfigReader.over(base, arm.getValue());
        arms.add(new TrialExperiment.Arm(arm.getKey(), arm.getValue(), seed, config));
      }
    }
    return new TrialExperiment(
            base,
            Sources.SYNTHETIC,
            Budget.ofImages(16),
            32,
            new Measuring(new LinearProbeSettings(2, 16, 0.1, 0), 1, layers),
            new WrittenFiles(folder),
            Clock.systemUTC(),
            LiveLine.plain(new PrintStream(said, true, StandardCharsets.UTF_8)))
        .run(arms);
  }

  @Test
  void armsRunForEachSeedAndLosersAreKept() throws IOException {
    Path file = folder.resolve("arms.yaml");
    Files.writeString(
        file,
        """
        all: [learner.batchSize=8]
        arms:
          annealed: [method=simclr, learner.release.anneal.share=0.5]
          broken: [method=byol, model.backbone.weights=nowhere.safetensors]
        """);
    TrialArms read = TrialArms.read(file);
    assertThat(read.arms())
        .containsEntry(
            "annealed",
            List.of("learner.batchSize=8", "method=simclr", "learner.release.anneal.share=0.5"));
    var said = new ByteArrayOutputStream();
    TrialReport report = trial(read, said, true);
    assertThat(report.isFailed()).isTrue();
    JsonNode json = new ObjectMapper().readTree(folder.resolve("arms.json").toFile());
    assertThat(json.path("runs")).hasSize(4);
    JsonNode first = json.path("runs").get(0);
    assertThat(first.path("result").path("steps").asInt()).isEqualTo(2);
    assertThat(first.path("result").path("whitened").path("knn").isNumber()).isTrue();
    assertThat(first.at("/result/curve/0/images").asInt()).isEqualTo(8);
    assertThat(first.at("/result/curve/0/knn").isNumber()).isTrue();
    assertThat(folder.resolve("arms.svg")).content().contains("<svg", "</svg>");
    assertThat(json.path("runs").get(1).path("error").asText()).contains("nowhere.safetensors");
    String table = report.table().toString();
    assertThat(table).contains("raw pixels", "annealed", "±", "broken, seed 2: ");
    assertThat(table.indexOf("annealed")).isLessThan(table.indexOf("broken"));
    assertThat(report.text())
        .contains("best layer")
        .containsPattern("annealed, 1 +(output|layer\\d)")
        .containsPattern("annealed, 2 +(output|layer\\d)")
        .doesNotContainPattern("broken, 1 +(output|layer)");
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("annealed, seed 2: 16 images");
  }

  /** The arm's shards are in effect, and it is held against the one without, seed by seed. */
  @Test
  void anArmInShardsLearnsInShards() throws IOException {
    Path file = folder.resolve("arms.yaml");
    Files.writeString(
        file,
        """
        all: [method=byol, learner.batchSize=8]
        arms:
          whole: []
          shards: [learner.shards=4]
        """);
    TrialReport report = trial(TrialArms.read(file), new ByteArrayOutputStream(), false);
    assertThat(report.runs()).hasSize(4).allMatch(run -> run.error() == null);
    for (int seed = 0; seed < 2; seed++) {
      MethodResult whole = report.runs().get(2 * seed).result();
      MethodResult shards = report.runs().get(2 * seed + 1).result();
      assertThat(shards.images()).isEqualTo(whole.images());
      assertThat(shards.untrained()).isEqualTo(whole.untrained());
      assertThat(shards.lossFirst()).isNotEqualTo(whole.lossFirst());
      ArmDifference difference = report.differences().get(seed);
      assertThat(difference.arm()).isEqualTo("shards");
      assertThat(difference.against()).isEqualTo("whole");
      assertThat(difference.seed()).isEqualTo(seed + 1);
      assertThat(difference.knn()).isEqualTo(shards.trained().knn() - whole.trained().knn());
      assertThat(difference.whitenedLinear())
          .isEqualTo(shards.whitened().linear() - whole.whitened().linear());
    }
    JsonNode json = new ObjectMapper().readTree(folder.resolve("arms.json").toFile());
    assertThat(json.path("differences")).hasSize(2);
    assertThat(report.text())
        .contains("seed by seed")
        .containsPattern("shards +whole +.*±.*\\(")
        .doesNotContain("best layer"); // not asked for
  }

  /** Every setting of the candidates that come with the benchmarks is one that there is. */
  @ParameterizedTest
  @CsvSource({"arms.yaml, 11", "shards.yaml, 4"})
  void theCandidatesAreSettingsThatThereAre(String name, int least) {
    TrialArms candidates = TrialArms.read(Path.of("../learner/bench").resolve(name));
    assertThat(candidates.arms()).hasSizeGreaterThanOrEqualTo(least);
    candidates
        .arms()
        .forEach(
            (arm, settings) ->
                assertThat(
                        ConfigReader.over(PackagedConfig.demoConfig(), settings).newMethod().name())
                    .as(arm)
                    .isNotEmpty());
  }

  @Test
  void whatIsNoArmsFileIsRefused() throws IOException {
    Path file = folder.resolve("arms.yaml");
    Files.writeString(file, "arm: {}\n");
    assertThatThrownBy(() -> TrialArms.read(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("'arm': expected one of [all, arms]");
    Files.writeString(file, "arms: {a: [learner.batchSize]}\n");
    assertThatThrownBy(() -> TrialArms.read(file))
        .hasMessageContaining("arms.a has 'learner.batchSize': expected KEY=VALUE");
    Files.writeString(file, "all: [a=b]\n");
    assertThatThrownBy(() -> TrialArms.read(file)).hasMessageContaining("has no arms");
  }
}
