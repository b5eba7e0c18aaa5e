package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A long command that is interrupted at any moment ends by itself, in no native code: with {@code
 * -Dmillrace.interrupts=20} at twenty moments each.
 */
class InterruptTest {
  private static final int MOMENTS = Integer.getInteger("millrace.interrupts", 2);

  /** From before the engine opens to well within the training. */
  private static final int LATEST_MILLIS = 12_000;

  @TempDir Path folder;
  private String manifest = "";

  @BeforeEach
  void release() throws IOException {
    var model =
        new ModelSettings(
            1, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults().withSize(16));
    Method byol = Methods.create("byol", model);
    Path releases = folder.resolve("releases");
    try (Engine engine = Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
        MethodState state = byol.initialize(engine)) {
      ReleaseManifest written =
          new ReleasePublisher(
                  new MemoryReleaseLog(), releases, DurableFiles.real(), Clock.systemUTC())
              .publish(
                  new ReleaseDraft(
                      "tiny",
                      "byol",
                      "student",
                      64,
                      Map.of("student", state.network("student").spec()),
                      Set.of(),
                      state.snapshot(),
                      engine.info(),
                      model.preprocessing(),
                      FeedPosition.start(),
                      10,
                      100,
                      Map.of(),
                      Map.of("seed", "1")));
      manifest = Files.write(releases.resolve("tiny.json"), written.toJson()).toString();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "finetune --release MANIFEST --data synthetic --train-images 200 --auxiliary byol"
            + " --label-fraction 1 --budget-images 5000000",
        "compare --images synthetic --methods byol,simclr --budget 10m --stream-images 200",
        "streambench --images synthetic --budget-images 5000000",
      })
  void endsByItself(String command) throws Exception {
    var random = new Random(command.hashCode());
    for (int i = 0; i < MOMENTS; i++) {
      int moment = random.nextInt(LATEST_MILLIS);
      Path said = folder.resolve("said");
      var words = new ArrayList<>(List.of(program(), "-Xmx512m"));
      words.add("-XX:ErrorFile=" + folder.resolve("crash.log"));
      words.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
      words.addAll(Arrays.asList(command.replace("MANIFEST", manifest).split(" ")));
      words.addAll(List.of("--set", "model.preprocessing.size=16"));
      words.addAll(List.of("--set", "model.backbone.width=0.125"));
      words.addAll(List.of("--set", "engine.threads=1", "--set", "synthetic.side=16"));
      words.addAll(List.of("--set", "synthetic.heldOut=200"));
      words.addAll(List.of("--out", folder.resolve("out").toString()));
      Process process =
          new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(said.toFile()).start();
      assertThat(process.waitFor(moment, TimeUnit.MILLISECONDS)).as(() -> read(said)).isFalse();
      process.destroy();
      int code = process.waitFor();
      String what = "interrupted after " + moment + " ms: " + read(said);
      // 143 is a signal before the command listens: the JVM's own end.
      assertThat(code).as(what).isIn(1, 143);
      if (code == 1) {
        assertThat(read(said)).as(what).contains("millrace: stopped before its end");
      }
      assertThat(folder.resolve("crash.log")).doesNotExist();
    }
  }

  private static String program() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
