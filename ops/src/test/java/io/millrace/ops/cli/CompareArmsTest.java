package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.experiment.Sources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What of an arms file is the same for every arm. */
class CompareArmsTest {
  @TempDir Path folder;

  @Test
  void whatAllSayHoldsForTheImagesThatAreAskedAbout() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("arms.yaml"),
            """
            all: [method=byol, learner.batchSize=8, learner.probe.bank=40, learner.probe.queries=30]
            arms:
              one: []
            """);
    assertThat(Printed.by(command(file))).contains("one");
    JsonNode json = new ObjectMapper().readTree(folder.resolve("out/arms.json").toFile());
    assertThat(json.path("bank").asInt()).isEqualTo(40);
    assertThat(json.path("queries").asInt()).isEqualTo(30);
  }

  @Test
  void anArmOfOtherImagesIsRefused() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("arms.yaml"), "arms: {one: [], two: [learner.probe.queries=30]}\n");
    CommandLine parsed = Main.commandLine();
    parsed.parseArgs(command(file));
    CompareCommand compare = parsed.getSubcommands().get("compare").getCommand();
    assertThatThrownBy(compare::call)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("arm two sets learner.probe");
  }

  private String[] command(Path file) {
    var words =
        new ArrayList<>(
            List.of(
                "compare",
                "--images",
                Sources.SYNTHETIC,
                "--arms",
                file.toString(),
                "--budget-images",
                "16",
                "--stream-images",
                "32",
                "--out",
                folder.resolve("out").toString()));
    words.addAll(TinyRelease.SETTINGS);
    return words.toArray(String[]::new);
  }
}
