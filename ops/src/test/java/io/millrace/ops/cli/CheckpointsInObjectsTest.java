package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.ops.objects.S3Objects;
import io.millrace.ops.objects.S3Server;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A learner in a process of its own is killed and its data folder is gone: another one goes on from
 * what lies in object storage, with the same weights and places in the log, bit for bit.
 */
class CheckpointsInObjectsTest {
  private static final String PREFIX = "models/birds/millrace/";
  private static final String SUMS = "/SHA256SUMS";

  @TempDir Path dir;

  @BeforeEach
  void credentials() {
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
  }

  @AfterEach
  void noCredentials() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  @Test
  void aLearnerWhoseFolderIsGoneGoesOnFromTheStore() throws Exception {
    try (var server = new S3Server(dir, "bucket");
        var objects = new S3Objects(server.config());
        var broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("kafka")))) {
      List<String> settings = settings(server, broker);
      succeeds("topics --create", settings);
      succeeds("publish --images synthetic", settings);
      Path first = Files.createDirectory(dir.resolve("first"));
      try (CommandProcess learner = learner(first, settings)) {
        awaitThat(learner, () -> newest(objects).map(CheckpointName::step).orElse(0L) >= 10);
        learner.kill();
        assertThat(learner.ends(CommandProcess.PATIENCE)).isTrue();
      }
      CheckpointName saved = newest(objects).orElseThrow();
      remove(first.resolve("data"));

      Path second = Files.createDirectory(dir.resolve("second"));
      try (CommandProcess learner = learner(second, settings)) {
        awaitThat(learner, () -> newest(objects).orElseThrow().step() > saved.step());
      }
      assertThat(CheckpointStore.open(second.resolve("data/checkpoints"), 1000).names())
          .as("those of the second are of later updates, from its first one on")
          .contains(saved)
          .filteredOn(name -> name.epoch() > saved.epoch())
          .isNotEmpty()
          .allMatch(name -> name.step() >= saved.step());
      Path fetched = second.resolve("data/checkpoints").resolve(saved.toString());
      for (String file :
          List.of("state.safetensors", "replay.json", "manifest.json", "SHA256SUMS")) {
        assertThat(fetched.resolve(file)).hasBinaryContent(bytes(objects, saved + "/" + file));
      }
      assertThat(newest(objects).orElseThrow().epoch()).isGreaterThan(saved.epoch());
    }
  }

  private static List<String> settings(S3Server server, EmbeddedBroker broker) {
    return Stream.concat(
            DemoTest.TINY.stream(),
            Stream.of(
                "kafka.bootstrapServers=" + broker.bootstrapServers(),
                "s3.endpoint=" + server.endpoint(),
                "s3.pathStyle=true",
                "s3.timeLimit=2m",
                "s3.checkpoints=s3://bucket/models/birds/",
                "learner.idle=replay",
                "learner.checkpoint.everySteps=2",
                "learner.checkpoint.keep=1000"))
        .flatMap(setting -> Stream.of("--set", setting))
        .toList();
  }

  private static void succeeds(String command, List<String> settings) {
    String[] words =
        Stream.concat(Arrays.stream(command.split(" ")), settings.stream()).toArray(String[]::new);
    assertThat(Main.commandLine().execute(words)).as(command).isZero();
  }

  private static CommandProcess learner(Path folder, List<String> settings) throws IOException {
    var words = new ArrayList<>(List.of("run", "--roles", "ingest,learner"));
    words.addAll(settings);
    words.addAll(List.of("--set", "dataDir=" + folder.resolve("data")));
    return new CommandProcess(
        folder,
        folder.resolve("tmp"),
        words,
        Map.of("AWS_ACCESS_KEY_ID", "test", "AWS_SECRET_ACCESS_KEY", "test"));
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void awaitThat(CommandProcess process, Condition condition) {
    await()
        .atMost(CommandProcess.PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> condition.holds() || !process.isAlive());
    assertThat(process.isAlive()).as(process::said).isTrue();
  }

  private static Optional<CheckpointName> newest(S3Objects objects) throws IOException {
    var names = new TreeSet<CheckpointName>();
    for (String key : objects.list("bucket", PREFIX).keySet()) {
      if (key.endsWith(SUMS)) {
        String name = key.substring(PREFIX.length(), key.length() - SUMS.length());
        names.add(CheckpointName.parse(name).orElseThrow());
      }
    }
    return names.isEmpty() ? Optional.empty() : Optional.of(names.last());
  }

  private static byte[] bytes(S3Objects objects, String name) throws IOException {
    try (InputStream in = objects.read("bucket", PREFIX + name)) {
      return in.readAllBytes();
    }
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(path);
      }
    }
  }
}
