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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A long command that Ctrl-C ends at any moment does so by itself: in no native code, with its exit
 * code, with no temporary file left and a last line that tells. Once at work and once at a random
 * moment; with {@code -Dmillrace.interrupts=20} at twenty of these.
 */
class InterruptTest {
  private static final int MOMENTS = Integer.getInteger("millrace.interrupts", 1);
  private static final int INTERRUPTED = 128 + 2;
  private static final String STOPPED = "millrace: stopped before its end";

  @TempDir static Path shared;
  private static EmbeddedBroker broker;
  private static Path manifest;

  @TempDir Path folder;

  /** What is interrupted. */
  enum Command {
    DEMO("demo --duration 10m --port 0 PORT TINY", "live page", ", seed 1", 1.5),
    RUN("run --set http.port=0 --set dataDir=OUT SERVERS TINY", "running \\[", "data is in ", 2),
    BROKER("broker --port 0 --data-dir OUT", "broker \\S+:\\d+ in", "log is in ", 1.5),
    PUBLISH(
        "publish --images synthetic --rate 20 --max-lag 0 --start-over"
            + " --set synthetic.images=100000 SERVERS TINY",
        "published",
        "",
        1.5),
    EVALUATE("evaluate --release MANIFEST --data synthetic --out OUT TINY", "", "", 1),
    EXPORT("export --release MANIFEST --format onnx --out OUT.onnx", "", "", 1),
    EXPORT_DL4J("export --release MANIFEST --format dl4j --out OUT.zip", "", "", 1),
    FINETUNE(
        "finetune --release MANIFEST --data synthetic --train-images 200 --auxiliary byol"
            + " --label-fraction 1 --budget-images 5000000 --out OUT TINY",
        "training 1/",
        "",
        1.5),
    COMPARE(
        "compare --images synthetic --methods byol,simclr --budget 10m --stream-images 200"
            + " --out OUT TINY",
        "loss",
        "",
        1.5),
    STREAMBENCH(
        "streambench --images synthetic --budget-images 5000000 --out OUT TINY", "loss", "", 1.5),
    TAIL("tail embeddings SERVERS TINY", "waiting for the first", "Ctrl-C ends", 2),
    DOCTOR("doctor --set http.port=0 --set dataDir=OUT SERVERS TINY", "", "", 1);

    private final String words;
    private final String atWork;
    private final String done;
    private final double range;

    /**
     * @param atWork what it says once it works; nothing where it ends by itself soon
     * @param done what it says last before it ends well; nothing where an interrupt is no good end
     * @param range the latest moment, in times that it takes until it works or ends
     */
    Command(String words, String atWork, String done, double range) {
      this.words = words;
      this.atWork = atWork;
      this.done = done;
      this.range = range;
    }
  }

  @BeforeAll
  static void brokerAndRelease() throws IOException {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(shared.resolve("kafka")));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      new TopicAdmin(admin, Duration.ofSeconds(30))
          .ensure(TopicCatalog.of(Topics.defaults(), TopicSettings.defaults()));
    }
    manifest = TinyRelease.write(shared.resolve("releases"));
  }

  @AfterAll
  static void noBroker() {
    broker.close();
  }

  @ParameterizedTest
  @EnumSource
  void endsByItself(Command command) throws Exception {
    long started = System.nanoTime();
    try (CommandProcess first = start(command)) {
      if (command.atWork.isEmpty()) {
        assertThat(first.ends(PATIENCE)).isTrue();
        assertThat(first.exitCode()).as(first::said).isZero();
      } else {
        var sign = Pattern.compile(command.atWork);
        await().atMost(PATIENCE).until(() -> !first.isAlive() || sign.matcher(first.said()).find());
        first.interrupt();
        requireEnd(command, first, "at work");
        assertThat(first.last()).contains(command.done.isEmpty() ? STOPPED : command.done);
      }
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
    var random = new Random(command.name().hashCode());
    int before = 0;
    int well = 0;
    double longest = 0;
    for (int i = 0; i < MOMENTS; i++) {
      var moment = Duration.ofMillis((long) (random.nextDouble() * command.range * millis));
      try (CommandProcess process = start(command)) {
        boolean hadEnded = process.ends(moment);
        long asked = System.nanoTime();
        if (!hadEnded) {
          process.interrupt();
        }
        requireEnd(command, process, "after " + moment);
        double took = (System.nanoTime() - asked) / 1e9;
        before += hadEnded ? 1 : 0;
        if (!hadEnded) {
          well += process.exitCode() == 0 ? 1 : 0;
          longest = Math.max(longest, took);
        }
        System.out.printf(
            Locale.ROOT,
            "%s, %s: %s, exit code %d%n",
            command,
            moment,
            hadEnded ? "had ended" : String.format(Locale.ROOT, "ended within %.1f s", took),
            process.exitCode());
      }
    }
    // A row of the table in docs/benchmarks.md.
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f | %d | %d | %d | %.1f |%n",
        command.name().toLowerCase(Locale.ROOT).replace("_", "-"),
        command.range * millis / 1e3,
        before,
        MOMENTS - before - well,
        well,
        longest);
  }

  /**
   * What an embedded broker logs of its own: how slow a busy machine makes it; and while a new
   * producer's first batch waits for the transaction's coordinator and later ones do not: the
   * producer sends them again, in order.
   */
  private static final Pattern BROKERS_OWN =
      Pattern.compile(
          "(?m)^(.*EventPerformanceMonitor .*Exceptionally slow controller event"
              + "|.*ReplicaManager .*Error processing append operation"
              + "|org\\.apache\\.kafka\\.common\\.errors\\.OutOfOrderSequenceException).*$");

  private void requireEnd(Command command, CommandProcess process, String when) throws Exception {
    boolean ended = process.ends(PATIENCE);
    String what = command + " interrupted " + when + ": " + process.said();
    assertThat(ended).as(what).isTrue();
    boolean mayEndWell = command.atWork.isEmpty() || !command.done.isEmpty();
    assertThat(process.exitCode()).as(what).isIn(INTERRUPTED, mayEndWell ? 0 : INTERRUPTED);
    if (process.exitCode() == 0) {
      assertThat(process.last()).as(what).contains(command.done);
    }
    // The JVM's own end, before the command listens, has no last line.
    assertThat(BROKERS_OWN.matcher(what).replaceAll(""))
        .doesNotContain("Exception", "\tat ", "FAILS");
    assertThat(folder.resolve("crash.log")).doesNotExist();
    try (var left = Files.walk(folder)) {
      assertThat(left.filter(f -> f.startsWith(temporary()) || f.toString().endsWith(".writing")))
          .as(what)
          .containsExactly(temporary());
    }
  }

  private Path temporary() {
    return folder.resolve("tmp");
  }

  private CommandProcess start(Command command) throws IOException {
    var words = new ArrayList<String>();
    for (String word : command.words.split(" ")) {
      switch (word) {
        case "TINY" -> words.addAll(TinyRelease.SETTINGS);
        case "PORT" -> words.addAll(CommandProcess.ownPort());
        case "SERVERS" ->
            words.addAll(List.of("--set", "kafka.bootstrapServers=" + broker.bootstrapServers()));
        default ->
            words.add(
                word.replace("OUT", folder.resolve("out").toString())
                    .replace("MANIFEST", manifest.toString()));
      }
    }
    return new CommandProcess(folder, temporary(), words);
  }
}
