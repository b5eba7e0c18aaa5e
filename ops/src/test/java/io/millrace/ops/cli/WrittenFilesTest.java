package io.millrace.ops.cli;

import static io.millrace.ops.cli.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine.Model.OptionSpec;

/** Whoever names a place for a command's files is told at its end where they are. */
class WrittenFilesTest {
  /** Options that name what is read. */
  private static final Set<String> READ =
      Set.of(
          "--config",
          "--images",
          "--data",
          "--probe",
          "--arms",
          "--token-file",
          "evaluate --data-dir",
          "export --data-dir",
          "finetune --data-dir",
          "search --image");

  @TempDir static Path shared;
  private static Path manifest;
  @TempDir Path folder;

  /** A command for each option that names what is written; OUT is what it names. */
  enum Written {
    DEMO_DATA("demo --steps 1 --port 0 PORT --data-dir OUT TINY", "checkpoints"),
    DEMO_KEEP("demo --steps 1 --port 0 PORT --keep OUT TINY", "checkpoints"),
    DEMO_SUMMARY("demo --steps 1 --port 0 PORT --summary OUT TINY", ""),
    BROKER("broker --port 0 --data-dir OUT", "meta.properties"),
    EVALUATE("evaluate --release MANIFEST --data synthetic --out OUT TINY", "evaluate.svg"),
    FINETUNE(
        "finetune --release MANIFEST --data synthetic --train-images 1000 --budget-images 64"
            + " --label-fraction 1 --out OUT TINY",
        "manifest.json"),
    COMPARE(
        "compare --images synthetic --methods byol --budget-images 64 --stream-images 64"
            + " --out OUT TINY",
        "compare.json"),
    STREAMBENCH(
        "streambench --images synthetic --budget-images 64 --out OUT TINY", "streambench.json"),
    EXPORT_OUT("export --release MANIFEST --format onnx --out OUT", ""),
    EXPORT_FOLDER(
        "export --release MANIFEST --format safetensors --folder OUT", "model.safetensors"),
    EXPORT_TRITON("export --release MANIFEST --format onnx --triton OUT", "tiny/1/model.onnx");

    private final String words;
    private final String file;

    /**
     * @param file one of what is written, below what the option names
     */
    Written(String words, String file) {
      this.words = words;
      this.file = file;
    }

    private String option() {
      String[] split = words.split(" ");
      return split[0] + " " + split[List.of(split).indexOf("OUT") - 1];
    }
  }

  @BeforeAll
  static void release() throws IOException {
    manifest = TinyRelease.write(shared.resolve("releases"));
  }

  @Test
  void everyOptionThatNamesAPlaceIsReadOrHasItsLine() {
    var named = new TreeSet<String>();
    Main.commandLine()
        .getSubcommands()
        .forEach(
            (name, command) ->
                command.getCommandSpec().options().stream()
                    .filter(WrittenFilesTest::namesAPlace)
                    .filter(option -> !READ.contains(option.longestName()))
                    .map(option -> name + " " + option.longestName())
                    .filter(option -> !READ.contains(option))
                    .forEach(named::add));
    var held = new TreeSet<String>();
    for (Written written : Written.values()) {
      held.add(written.option());
    }
    assertThat(named).isEqualTo(held);
  }

  private static boolean namesAPlace(OptionSpec option) {
    return option.type() == Path.class
        || List.of("FILE", "DIR", "PATH").contains(option.paramLabel());
  }

  @ParameterizedTest
  @EnumSource
  void saysWhereFilesWent(Written written) throws Exception {
    Path out = folder.resolve("out");
    var words = new ArrayList<String>();
    for (String word : written.words.split(" ")) {
      switch (word) {
        case "OUT" -> words.add(out.toString());
        case "MANIFEST" -> words.add(manifest.toString());
        case "TINY" -> words.addAll(TinyRelease.SETTINGS);
        case "PORT" -> words.addAll(CommandProcess.ownPort());
        default -> words.add(word);
      }
    }
    try (var process = new CommandProcess(folder, folder.resolve("tmp"), words)) {
      if (written == Written.BROKER) {
        await()
            .atMost(PATIENCE)
            .until(() -> !process.isAlive() || process.said().contains("broker 127"));
        process.interrupt();
      }
      assertThat(process.ends(PATIENCE)).isTrue();
      assertThat(process.exitCode()).as(process::said).isZero();
      assertThat(Files.exists(out.resolve(written.file))).as(process::said).isTrue();
      assertThat(process.last()).contains(out.toString());
      if (written == Written.DEMO_KEEP) {
        assertThat(process.said()).doesNotContain(" WARN ", " ERROR ");
        assertThat(out.resolve("logs").resolve("millrace.log")).content().contains(" INFO ");
      }
    }
  }

  @Test
  void whatIsThereSoFarIsNamedWhereItIsStopped() throws Exception {
    Path out = folder.resolve("out");
    var words =
        new ArrayList<>(
            List.of(
                ("compare --images synthetic --methods byol,simclr --budget 6s --stream-images 64"
                        + " --out "
                        + out)
                    .split(" ")));
    words.addAll(TinyRelease.SETTINGS);
    try (var process = new CommandProcess(folder, folder.resolve("tmp"), words)) {
      await().atMost(PATIENCE).until(() -> !process.isAlive() || process.said().contains("byol: "));
      process.interrupt();
      assertThat(process.ends(PATIENCE)).isTrue();
      assertThat(process.exitCode()).as(process::said).isEqualTo(130);
      assertThat(process.said()).contains("millrace: wrote " + out.resolve("compare.json"));
      assertThat(process.last()).isEqualTo("millrace: stopped before its end");
    }
  }
}
