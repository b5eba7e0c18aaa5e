package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import io.millrace.ops.dashboard.Dashboard;
import io.millrace.ops.dashboard.DashboardContext;
import io.millrace.ops.dashboard.DashboardState;
import io.millrace.ops.dashboard.HttpConfig;
import io.millrace.ops.dashboard.Status;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.health.CheckResult;
import io.millrace.ops.health.Health;
import io.millrace.serving.http.AccessControl;
import io.millrace.serving.http.AccessToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit codes: 0 done, 1 failed, 2 wrong use; one line says what is wrong. */
class MainTest {
  @TempDir Path folder;

  record Ran(int code, String out, String err) {}

  static Ran run(String... args) {
    var err = new StringWriter();
    var out = new ByteArrayOutputStream();
    PrintStream stdout = System.out;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      var command = Main.commandLine();
      command.setErr(new PrintWriter(err, true));
      command.setOut(new PrintWriter(System.out, true));
      int code = Main.execute(command, args);
      return new Ran(code, out.toString(StandardCharsets.UTF_8), err.toString());
    } finally {
      System.setOut(stdout);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "run",
        "broker",
        "topics",
        "publish",
        "evaluate",
        "finetune",
        "compare",
        "streambench",
        "export",
        "status",
        "search",
        "config"
      })
  void everyCommandHelps(String command) {
    Ran ran = run(command, "--help");
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("Usage: millrace " + command);
    assertThat(ran.out()).contains("Example");
  }

  @Test
  void wrongUseIsTwo() {
    assertThat(run().code()).isEqualTo(2);
    assertThat(run("dmeo").code()).isEqualTo(2);
    assertThat(run("demo", "--colour").code()).isEqualTo(2);
    assertThat(run("topics").code()).isEqualTo(2);
    assertThat(run("run", "--roles", "cook").code()).isEqualTo(2);
    assertThat(run("demo", "--duration", "soon").err()).contains("'soon' is no duration");
  }

  @Test
  void aFilterByAHeaderThatDoesNotTravelNamesThoseThatDo() {
    Ran ran =
        run(
            "tail",
            "embeddings",
            "--filter",
            "tennant=a",
            "--set",
            "ingest.headers=[tenant, camera]");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err())
        .contains("--filter tennant is no header that travels")
        .contains("ingest.headers, [tenant, camera]");
    assertThat(run("config", "--set", "ingest.headers=[sha256]").err())
        .contains("headers has 'sha256'");
  }

  @Test
  void aWrongKeyIsTwoAndNamed() throws IOException {
    Path file = folder.resolve("millrace.yaml");
    Files.writeString(file, "learner:\n  batchSise: 64\n");
    Ran ran = run("config", "--config", file.toString());
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err())
        .isEqualToIgnoringNewLines(
            "millrace: learner.batchSise is no key (its value is 64): did you mean batchSize? (in "
                + file
                + ")");
    Files.writeString(file, "learner:\n  batchSize: 64\n");
    assertThat(run("config", "--config", file.toString(), "--set", "http.port=70000").err())
        .contains("http.port is 70000: expected 0 to 65535")
        .doesNotContain("millrace.yaml");
    assertThat(run("demo", "--method", "magic").code()).isEqualTo(2);
    assertThat(run("config", "--config", folder.resolve("none.yaml").toString()).err())
        .contains("no configuration file at");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config",
        "doctor --set kafka.bootstrapServers=nowhere.invalid:9092",
        "compare --methods dino --images no-such.zip",
        "evaluate --release latest --data no-such.zip",
        "finetune --release latest --data no-such.zip",
        "streambench --protocol iid --images no-such.zip"
      })
  void sizesThatDoNotGoTogetherAreWarnedOf(String command) {
    var warned = new ByteArrayOutputStream();
    PrintStream stderr = System.err;
    System.setErr(new PrintStream(warned, true, StandardCharsets.UTF_8));
    Ran ran;
    try {
      ran = run((command + " --set model.backbone.stem=large").split(" "));
    } finally {
      System.setErr(stderr);
    }
    assertThat(warned.toString(StandardCharsets.UTF_8))
        .contains("warning: model.backbone.stem is large")
        .contains("model.preprocessing.size is 32");
    if (command.equals("config")) {
      assertThat(ran.out()).contains("the configuration is valid");
    } else {
      assertThat(ran.code()).as("what it then lacks: " + ran.err() + ran.out()).isNotZero();
    }
  }

  @Test
  void printsTheReferenceAndTheTopics() {
    assertThat(run("config").out()).contains("batchSize:").contains("bootstrapServers:");
    assertThat(run("config", "--method", "dino").out())
        .contains("\nmethod: dino\n", "  dino:\n", "bootstrapServers:", "# view\n")
        .doesNotContain("  byol:", "# hole");
    Ran wrong = run("config", "--method", "dyno");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).contains("method is 'dyno': expected one of [byol");
    assertThat(run("config", "--method", "dino", "--set", "http.port=1").err())
        .contains("--method is 'dino': expected without --config, --set, --demo and --preset");
    assertThat(run("config", "--preset", "imagenet-byol").out())
        .isEqualTo(PackagedConfig.preset("imagenet-byol"));
    assertThat(run("config", "--preset", "photos-cpu", "--set", "learner.batchSize=64").out())
        .contains("the configuration is valid");
    assertThat(run("run", "--preset", "none").err()).contains("preset 'none'", "photos-cpu");
    assertThat(run("topics", "--describe").out())
        .contains("millrace.images.raw", "millrace.model.releases", "max.message.bytes=8388608");
    assertThat(run("topics", "--describe", "--set", "kafka.topicPrefix=x.").out())
        .contains("x.embeddings");
  }

  @Test
  void aFailureIsOneLineAndOne() {
    Ran ran = run("status", "--url", "http://127.0.0.1:1");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err().lines()).hasSize(1);
    assertThat(ran.err()).contains("no Millrace process answers at http://127.0.0.1:1/api/status");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "releases",
        "promote 1",
        "rollback",
        "forget x",
        "tail embeddings",
        "topics --create",
        "publish --images synthetic",
        "run",
        "export --release latest --format onnx --out x.onnx"
      })
  @Timeout(15) // Kafka's own clients would try for 20 s and more
  void saysWhichBrokerRefuses(String command) {
    Ran ran = run((command + " --set kafka.bootstrapServers=127.0.0.1:1").split(" "));
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err())
        .isEqualToIgnoringNewLines(
            "millrace: no answer from 127.0.0.1:1 (kafka.bootstrapServers): 127.0.0.1:1 says"
                + " Connection refused");
  }

  @Test
  void configTellsWhatHolds() {
    assertThat(run("config", "--set", "learner.batchSize=77", "--get", "learner.batchSize").out())
        .isEqualToIgnoringNewLines("77");
    assertThat(run("config", "--get", "methods.byol.firstView.size").code()).isZero();
    Ran none = run("config", "--get", "learner.batchSise");
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).contains("learner.batchSise is no key: expected below learner one of");
    assertThat(run("config", "--get", "learner").err()).contains("learner holds more keys");
    Ran effective = run("config", "--set", "learner.batchSize=77", "--effective");
    assertThat(effective.out()).contains("  batchSize: 77\n", "bootstrapServers: localhost:9092");
  }

  @Test
  void completionIsGeneratedForAllCommands() {
    assertThat(run("generate-completion").out())
        .contains("_complete_millrace", "streambench", "--label-fraction");
  }

  @Test
  void allowedValuesAreWrittenAsInTheExamples() {
    assertThat(run("run", "--roles", "cook").err())
        .contains("expected one of [ingest, learner, serving]")
        .doesNotContain("INGEST");
    assertThat(run("run", "--help").out().replaceAll("\\s+", " "))
        .contains("ingest, learner, serving");
  }

  @Test
  void aReleaseIsANumber() {
    for (String command : List.of("promote", "reject")) {
      Ran ran = run(command, "abc");
      assertThat(ran.code()).isEqualTo(2);
      assertThat(ran.err())
          .contains("'abc' is no release: expected its number, as 'millrace releases' lists them");
    }
  }

  @Test
  void adviceCarriesTheUsersOwnOptions() {
    var parsed =
        Main.commandLine()
            .parseArgs("promote", "3", "--config", "my file.yaml", "--set", "a.b=1", "--set=c=d e");
    assertThat(Advice.withOptions("create them with 'millrace topics --create'; 'x' stays", parsed))
        .isEqualTo(
            "create them with 'millrace topics --create --config \"my file.yaml\" --set a.b=1"
                + " --set \"c=d e\"'; 'x' stays");
  }

  @Test
  void aTabIsNamedWithItsLine() throws IOException {
    Path file = folder.resolve("millrace.yaml");
    Files.writeString(file, "dataDir: /tmp/x\nlearner:\n\tbatchSize: 64\n");
    Ran ran = run("config", "--config", file.toString());
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err())
        .isEqualToIgnoringNewLines(
            "millrace: " + file + ", line 3, column 1: a tab: expected spaces, as YAML demands");
  }

  @Test
  void wrongUseIsFoundBeforeABrokerStarts() {
    String none = folder.resolve("none").toString();
    assertWrong("no images at " + none, "publish", "--images", none);
    Path data = folder.resolve("data");
    for (List<String> wrong :
        List.of(
            List.of("no images at " + none, "--images", none),
            List.of("engine.name is 'abacus': expected one of [", "--engine", "abacus"),
            List.of("method is 'magic': expected one of", "--method", "magic"),
            List.of(
                "engine.device is 'cuda:1234': expected auto, cpu or cuda:N",
                "--set",
                "engine.device=cuda:1234"))) {
      assertWrong(wrong.get(0), "demo", wrong.get(1), wrong.get(2), "--data-dir", data.toString());
    }
    assertThat(data).doesNotExist();
    assertWrong("engine.name is 'abacus'", "run", "--set", "engine.name=abacus");
    String transformer = "model.backbone.architecture=vit-tiny";
    assertWrong(
        "model.preprocessing.size is 30: expected a multiple of 4, the patchSize of backbone"
            + " vit-tiny",
        "run",
        "--set",
        transformer,
        "--set",
        "model.preprocessing.size=30");
    assertWrong(
        "methods.byol.firstView.size is 18: expected a multiple of 4, the patchSize of backbone"
            + " vit-tiny",
        "run",
        "--set",
        transformer,
        "--set",
        "methods.byol.firstView.size=18");
    assertWrong(
        "--out is " + none + "/x: expected a file in a folder that is there",
        "export",
        "--release=1",
        "--format=onnx",
        "--out=" + none + "/x");
    assertWrong(
        "--triton goes with --format onnx: --format is safetensors",
        "export",
        "--release=1",
        "--format=safetensors",
        "--triton=" + none);
  }

  @Test
  void wrongUseOfACompareIsFoundBeforeItStarts() {
    Path out = folder.resolve("out");
    for (List<String> wrong :
        List.of(
            List.of("--methods names 'magic': expected 'all' or some of", "--methods", "magic"),
            List.of("images is 0: expected 1 or more", "--budget-images", "0"),
            List.of("--stream-images is 1: expected 2 or more", "--stream-images", "1"),
            List.of("no images at " + out, "--images", out.toString()))) {
      assertWrong(
          wrong.get(0),
          "compare",
          wrong.get(1).equals("--images") ? "--seed" : "--images",
          wrong.get(1).equals("--images") ? "2" : Sources.SYNTHETIC,
          wrong.get(1),
          wrong.get(2),
          "--out",
          out.toString());
    }
    assertWrong(
        "--budget and --budget-images are both given",
        "compare",
        "--images",
        Sources.SYNTHETIC,
        "--budget",
        "5s",
        "--budget-images",
        "9");
    assertThat(out).doesNotExist();
  }

  @Test
  void wrongUseOfAStreambenchIsFoundBeforeItStarts() throws IOException {
    Path out = folder.resolve("out");
    Path bare = Files.createDirectories(folder.resolve("bare"));
    Files.write(bare.resolve("a.png"), new byte[] {1});
    for (List<String> wrong :
        List.of(
            List.of("--method names 'magic'", "synthetic", "--method", "magic"),
            List.of(
                "learner.replay.policy is 'lifo': expected one of",
                "synthetic",
                "--policy",
                "lifo"),
            List.of("learner.replay.maxAge is 0", "synthetic", "--policy", "age-limit"),
            List.of(
                "--tasks is 3 with --protocol iid: expected with split alone",
                "synthetic",
                "--tasks",
                "3"),
            List.of("--imbalance is 2.0 with --protocol iid", "synthetic", "--imbalance", "2"),
            List.of(
                "replay.images is 16: expected batchSize (128) or more",
                "synthetic",
                "--set",
                "learner.replay.images=16"),
            List.of("streamBatch is 129: expected 1 to", "synthetic", "--stream-batch", "129"),
            List.of("--budget-images is 1", "synthetic", "--budget-images", "1"),
            List.of("--preset is 'cmp'", "synthetic", "--preset", "cmp"),
            List.of("protocol drift needs labels", bare.toString(), "--protocol", "drift"))) {
      assertWrong(
          wrong.get(0),
          "streambench",
          "--images",
          wrong.get(1),
          wrong.get(2),
          wrong.get(3),
          "--out",
          out.toString());
    }
    assertWrong(
        "tasks is 13: expected at most one for each class (12)",
        "streambench",
        "--images",
        Sources.SYNTHETIC,
        "--protocol",
        "split",
        "--tasks",
        "13");
    assertWrong(
        "--clip-frames is 4 with --images synthetic: it has clips of its own",
        "streambench",
        "--images",
        Sources.SYNTHETIC,
        "--protocol",
        "correlated",
        "--clip-frames",
        "4");
    assertThat(out).doesNotExist();
  }

  private static void assertWrong(String message, String... args) {
    Ran ran = run(args);
    assertThat(ran.err().lines()).hasSize(1);
    assertThat(ran.err()).contains(message);
    assertThat(ran.code()).isEqualTo(2);
  }

  @Test
  void statusShowsWhatTheProcessSays() {
    Instant now = Instant.now();
    var status =
        new Status(
            now,
            now,
            "running",
            null,
            List.of("ingest"),
            new Status.Stream(1200, null, 1190, Map.of("CORRUPT", 10L), Map.of(), 85.5, 3),
            null,
            new Status.Serving("4", 77, 0, 2L, "5", .25, "4", 70),
            List.of(new Status.Release("4", 900, now, "promoted", Map.of())),
            List.of(CheckResult.pass("broker", "1 node\u001b[31m\u009b31m\u202e")));
    try (var dashboard =
        Dashboard.start(
            HttpConfig.defaults().withPort(0),
            DashboardContext.of(new DashboardState(status), new Health(Clock.systemUTC())))) {
      String url = "http://127.0.0.1:" + dashboard.port();
      Ran ran = run("status", "--url", url);
      assertThat(ran.code()).isZero();
      assertThat(ran.out())
          .contains("1,190  at 85.5/s", "CORRUPT 10", "version 4, 77 embedded, lag 2")
          .contains("4 at step 900, promoted", "version 5, 25 %", "version 4, 70 images")
          .doesNotContain("\u001b", "\u009b", "\u202e");
      assertThat(run("status", "--url", url, "--json").out()).contains("\"accepted\":1190");
    }
  }

  @Test
  void statusShowsWhoLearnsTogether() throws Exception {
    var learner =
        new ObjectMapper()
            .readTree(
                """
                {"learner": {"group": {"member": "a-1", "phase": "working", "doing": "works",
                  "epoch": 6, "generation": 5, "rank": 1, "size": 2, "leader": "b-1",
                  "slowest": "b-1", "formed": 3, "members": [
                    {"name": "b-1", "rank": 0, "state": "working",
                      "computeSeconds": 90, "waitSeconds": 10},
                    {"name": "a-1", "rank": 1, "state": "working",
                      "computeSeconds": 70, "waitSeconds": 30},
                    {"name": "c-1", "rank": -1, "state": "seeking",
                      "computeSeconds": 0, "waitSeconds": 0}]}}}
                """);
    assertThat(StatusCommand.table(learner).lines().map(String::strip))
        .anyMatch(l -> l.matches("group +rank 1 of 2, generation 5, epoch 6, led by b-1, works"))
        .anyMatch(l -> l.matches("0 +b-1, working, 10 % in collectives, the slowest"))
        .anyMatch(l -> l.matches("1 +a-1, working, 30 % in collectives"))
        .anyMatch(l -> l.matches("- +c-1, seeking"));
  }

  /** A dashboard without roles, which shows nothing to who does not know the token in the file. */
  static Dashboard withProtectedReads(Path token) throws IOException {
    MillraceConfig config =
        ConfigReader.over(MillraceConfig.defaults(), List.of("api.protectReads=true"));
    var access = new AccessControl(config.api(), AccessToken.in(token), "127.0.0.1");
    return Dashboard.start(
        HttpConfig.defaults().withPort(0),
        DashboardContext.of(
                new DashboardState(SampleStatuses.empty()), new Health(Clock.systemUTC()))
            .and(access::register));
  }

  @Test
  void statusShowsTheTokenWhereReadsAreProtected(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("token");
    try (Dashboard dashboard = withProtectedReads(file)) {
      String url = "http://127.0.0.1:" + dashboard.port();
      assertThat(run("status", "--url", url).err())
          .contains("answers with status 401", "needs the bearer token");
      assertThat(run("status", "--url", url, "--token-file", file.toString()).code()).isZero();
      assertThat(run("status", "--url", url, "--token-file", file + "x").err())
          .contains("--token-file");
    }
  }

  @Test
  void aDemoWhosePortIsTakenStartsNothing(@TempDir Path dir) throws Exception {
    Path folder = dir.resolve("demo");
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      Ran ran = run("demo", "--port", port, "--data-dir", folder.toString());
      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err()).contains(port + " (http.host, http.port) can't be bound");
      assertThat(folder).doesNotExist();
    }
  }

  @Test
  void aDemoThatIsKeptKnowsItsPreset(@TempDir Path dir) throws Exception {
    Path images = Files.createDirectory(dir.resolve("images"));
    Files.writeString(images.resolve("IMG_1.heic"), "x");
    Path kept = dir.resolve("kept");
    String options = "--preset photos-cpu --port 0 --images " + images + " --keep " + kept;
    assertThat(run(("demo " + options).split(" ")).err()).contains("holds no JPEG or PNG image");
    assertThat(kept.resolve("preset")).hasContent("photos-cpu");
  }

  @Test
  void imagesThatCannotBeReadAreRefusedBeforeABrokerIsAsked(@TempDir Path dir) throws Exception {
    Files.writeString(dir.resolve("IMG_1.heic"), "x");
    String broker = "kafka.bootstrapServers=127.0.0.1:1";
    Ran ran = run("publish", "--images", dir.toString(), "--set", broker);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("holds no JPEG or PNG image", "convert them", "IMG_1.heic");
  }

  @Test
  void aBusyPortIsNamed() {
    var dashboardState = new DashboardState(SampleStatuses.empty());
    var health = new Health(Clock.systemUTC());
    try (var first =
        Dashboard.start(
            HttpConfig.defaults().withPort(0), DashboardContext.of(dashboardState, health))) {
      HttpConfig same = HttpConfig.defaults().withPort(first.port());
      assertThat(
              org.assertj.core.api.Assertions.catchThrowable(
                  () -> Dashboard.start(same, DashboardContext.of(dashboardState, health))))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("port " + first.port())
          .hasMessageContaining("--set http.port=N");
    }
  }
}
