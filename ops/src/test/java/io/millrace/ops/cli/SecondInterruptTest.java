package io.millrace.ops.cli;

import static io.millrace.ops.cli.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.ops.terminal.NeverEnds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who does not want to wait for a command's end presses Ctrl-C again. */
class SecondInterruptTest {
  private static final int INTERRUPTED = 128 + 2;

  @TempDir Path folder;

  @Test
  void endsAtOnceAndSaysWhatIsUndone() throws Exception {
    try (var process =
        new CommandProcess(folder, folder.resolve("tmp"), NeverEnds.class, List.of())) {
      says(process, "at work");
      process.interrupt();
      says(process, "stopping");
      interruptUntilItEnds(process);
      assertThat(process.exitCode()).isEqualTo(INTERRUPTED);
      assertThat(process.last())
          .isEqualTo("millrace: ended at once; left undone: the second thing; the first thing");
    }
  }

  /**
   * Its last checkpoint waits for the broker, which has gone; the ones before stay whole, and the
   * next process goes on from the newest.
   */
  @Test
  void whatALearnerHasWrittenStaysWholeAndTheNextGoesOn() throws Exception {
    BrokerSettings settings = BrokerSettings.defaults(folder.resolve("kafka"));
    int port;
    try (EmbeddedBroker broker = EmbeddedBroker.start(settings)) {
      port = Integer.parseInt(broker.bootstrapServers().replaceAll(".*:", ""));
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
        new TopicAdmin(admin, Duration.ofSeconds(30))
            .ensure(TopicCatalog.of(Topics.defaults(), TopicSettings.defaults()));
      }
      publish("published", port, 500);
      try (CommandProcess run = start("run", port, "run")) {
        await().atMost(PATIENCE).until(() -> !run.isAlive() || hasCheckpoint());
        assertThat(run.isAlive()).as(run::said).isTrue();
        broker.close();
        run.interrupt();
        says(run, "stopping: ");
        interruptUntilItEnds(run);
        assertThat(run.exitCode()).as(run::said).isEqualTo(INTERRUPTED);
        assertThat(run.last()).contains("ended at once; left undone: the last checkpoint is not");
        assertThat(folder.resolve("run").resolve("crash.log")).doesNotExist();
      }
    }
    CheckpointStore store = CheckpointStore.open(checkpoints(), 3);
    List<CheckpointName> written = store.names();
    Checkpoint restored = store.restore(new Lineage(999, List.of())).orElseThrow();
    assertThat(restored.name()).as("the newest is whole").isEqualTo(Collections.max(written));
    assertThat(restored.name().step()).isPositive();

    try (EmbeddedBroker again = EmbeddedBroker.start(settings.withPort(port))) {
      publish("published-more", port, 1000);
      try (CommandProcess run = start("run-again", port, "run")) {
        await()
            .atMost(PATIENCE)
            .until(() -> !run.isAlive() || newest().step() > restored.name().step());
        run.interrupt();
        assertThat(run.ends(PATIENCE)).as(run::said).isTrue();
        assertThat(run.exitCode()).as(run::said).isZero();
        assertThat(run.last()).contains("data is in ");
      }
    }
    assertThat(newest().epoch()).isGreaterThan(restored.name().epoch());
    assertThat(newest().step()).isGreaterThan(restored.name().step());
  }

  private CheckpointName newest() throws IOException {
    return Collections.max(CheckpointStore.open(checkpoints(), 3).names());
  }

  private void publish(String name, int port, int images) throws Exception {
    String many = "synthetic.images=" + images;
    try (CommandProcess publish =
        start(name, port, "publish", "--images", "synthetic", "--max-lag", "0", "--set", many)) {
      assertThat(publish.ends(PATIENCE)).as(publish::said).isTrue();
      assertThat(publish.exitCode()).as(publish::said).isZero();
    }
  }

  private Path checkpoints() {
    return folder.resolve("data").resolve("checkpoints");
  }

  private boolean hasCheckpoint() throws IOException {
    if (!Files.isDirectory(checkpoints())) {
      return false;
    }
    try (Stream<Path> files = Files.list(checkpoints())) {
      return files.anyMatch(f -> f.getFileName().toString().startsWith("checkpoint-"));
    }
  }

  private CommandProcess start(String name, int port, String... command) throws IOException {
    var words = new ArrayList<>(List.of(command));
    for (String setting :
        List.of(
            "kafka.bootstrapServers=localhost:" + port,
            "dataDir=" + folder.resolve("data"),
            "http.port=0",
            "learner.batchSize=16",
            "learner.checkpoint.everySteps=5")) {
      words.addAll(List.of("--set", setting));
    }
    words.addAll(TinyRelease.SETTINGS);
    Path own = Files.createDirectories(folder.resolve(name));
    return new CommandProcess(own, own.resolve("tmp"), words);
  }

  private static void says(CommandProcess process, String pattern) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(process.said()).containsPattern(pattern));
  }

  /** One that follows the first too closely is taken for it: not the first of these may count. */
  private static void interruptUntilItEnds(CommandProcess process) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              process.interrupt();
              return process.ends(Duration.ofMillis(500));
            });
  }
}
