package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.source.synthetic.SyntheticSettings;
import io.millrace.ingest.source.synthetic.SyntheticSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How soon, and how clearly, common mistakes are told; and what a first result takes. */
@Command(
    name = "mistakes",
    description =
        "Seconds until ./millrace tells common mistakes, commands and seconds to a first result,"
            + " series by default; beside an older checkout.")
final class MistakesBench extends Benchmark {
  @Option(
      names = "--before",
      paramLabel = "DIR",
      description = "An older checkout to measure beside this one.")
  @Nullable Path before;

  /** What somebody gets wrong, and the command that shows it. */
  private record Mistake(String what, List<String> words, Map<String, String> environment) {
    Mistake(String what, String words, Path folder) {
      this(what, List.of(words.replace("FOLDER", folder.toString()).split(" ")), Map.of());
    }
  }

  @Override
  Result measure() throws Exception {
    var now = new Checkout(Path.of("").toAbsolutePath());
    Checkout then = before == null ? null : new Checkout(before.toAbsolutePath());
    List<Map<String, Object>> rows = new ArrayList<>();
    now.build();
    if (then != null) {
      then.build();
    }
    try (var stage = new Stage();
        var empty = EmbeddedBroker.start(BrokerSettings.defaults(stage.folder.resolve("empty")));
        var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path folder = files(stage.folder.resolve("mistakes"));
      for (Mistake mistake :
          mistakes(folder, servers(stage), empty.bootstrapServers(), taken.getLocalPort())) {
        rows.add(told(mistake, then, now, folder));
      }
      rows.add(oneClass(then, now, folder));
    }
    first(rows, then, now);
    return new Result(
        "mistakes", "seconds until common mistakes are told, and what a first result takes", rows);
  }

  private static String servers(Stage stage) {
    return String.valueOf(stage.clients().get("bootstrap.servers"));
  }

  /** Files to get wrong with. */
  private static Path files(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("tab.yaml"), "method: byol\nlearner:\n\tbatchSize: 64\n");
    Files.writeString(folder.resolve("key.yaml"), "learner:\n  batchSise: 64\n");
    Files.writeString(
        folder.resolve("jaas.yaml"),
        "kafka:\n  client:\n    security.protocol: SASL_PLAINTEXT\n    sasl.mechanism: PLAIN\n");
    Path heic = Files.createDirectories(folder.resolve("heic"));
    for (int i = 0; i < 3; i++) {
      Files.write(heic.resolve("IMG_" + i + ".HEIC"), new byte[] {0, 0, 0, 24, 'f', 't', 'y', 'p'});
    }
    Path one = Files.createDirectories(folder.resolve("one").resolve("photos"));
    try (var source = new SyntheticSource(SyntheticSettings.defaults())) {
      for (int i = 0; i < 60; i++) {
        Files.write(one.resolve(i + ".jpg"), source.heldOut().read(i).bytes());
      }
    }
    Path java = Files.createDirectories(folder.resolve("java11").resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"11.0.20\" 2023-07-18' >&2\n");
    if (!java.toFile().setExecutable(true)) {
      throw new IOException("can't make " + java + " executable");
    }
    return folder;
  }

  private static List<Mistake> mistakes(Path folder, String servers, String empty, int taken) {
    String at = at(servers);
    String data = " --set dataDir=FOLDER/data";
    return List.of(
        new Mistake(
            "broker's address refuses",
            "publish --images synthetic --set kafka.bootstrapServers=127.0.0.1:1",
            folder),
        new Mistake(
            "broker's name is unknown",
            "topics --create --set kafka.bootstrapServers=nowhere.invalid:9092",
            folder),
        new Mistake(
            "SASL without JAAS settings", "topics --create --config FOLDER/jaas.yaml", folder),
        new Mistake("topics are missing", "run --set http.port=0" + data + at(empty), folder),
        new Mistake("the page's port is taken", "run --set http.port=" + taken + data + at, folder),
        new Mistake("a tab in YAML", "config --config FOLDER/tab.yaml", folder),
        new Mistake("an unknown key", "config --config FOLDER/key.yaml", folder),
        new Mistake("no folder of images", "publish --images FOLDER/none" + at, folder),
        new Mistake("a folder of HEIC files", "publish --images FOLDER/heic" + at, folder),
        new Mistake("promote abc", "promote abc" + at, folder),
        new Mistake("promote 3 without releases", "promote 3" + at, folder),
        new Mistake(
            "Java 11", List.of("demo"), Map.of("JAVA_HOME", folder.resolve("java11").toString())));
  }

  private static String at(String servers) {
    return " --set kafka.bootstrapServers=" + servers;
  }

  private static Map<String, Object> told(
      Mistake mistake, @Nullable Checkout then, Checkout now, Path folder) throws Exception {
    return pair(
        mistake.what() + ", s",
        then == null ? null : then.run(mistake.words(), mistake.environment(), folder),
        now.run(mistake.words(), mistake.environment(), folder));
  }

  /** On a release of the checkout's own demo: files of the one may mean nothing to the other. */
  private static Map<String, Object> oneClass(@Nullable Checkout then, Checkout now, Path folder)
      throws Exception {
    return pair(
        "evaluate on one class, s",
        then == null ? null : oneClass(then, folder, "then"),
        oneClass(now, folder, "now"));
  }

  private static Checkout.Outcome oneClass(Checkout checkout, Path folder, String name)
      throws Exception {
    Path data = folder.resolve("demo-" + name);
    String demo = "demo --port 0 --steps 25 --set learner.release.warmUpSteps=5 --data-dir " + data;
    checkout.run(List.of(demo.split(" ")), Map.of(), folder);
    return checkout.run(
        List.of(
            "evaluate",
            "--release",
            "latest",
            "--data-dir",
            data.toString(),
            "--data",
            folder.resolve("one").toString(),
            "--out",
            folder.resolve("evaluated").toString()),
        Map.of(),
        folder);
  }

  private static void first(List<Map<String, Object>> rows, @Nullable Checkout then, Checkout now)
      throws Exception {
    FirstResult was = then == null ? null : FirstResult.of(then);
    FirstResult is = FirstResult.of(now);
    rows.add(
        pair("a wrong token over HTTP, s", was == null ? null : was.wrongToken(), is.wrongToken()));
    rows.add(
        count(
            "demo until the first neighbors, s", was == null ? null : was.seconds(), is.seconds()));
    rows.add(
        count(
            "commands to these neighbors",
            then == null ? null : FirstResult.commands(then, "Two commands", "demo"),
            FirstResult.commands(now, "Two commands", "demo")));
    rows.add(
        count(
            "commands until it learns on one's own Kafka",
            then == null ? null : FirstResult.commands(then, "Run it on your Kafka", "run"),
            FirstResult.commands(now, "Run it on your Kafka", "run")));
    rows.add(count("series of a demo by default", was == null ? null : was.series(), is.series()));
    rows.add(
        count(
            "of these, of Kafka's clients and Streams",
            was == null ? null : was.kafkaSeries(),
            is.kafkaSeries()));
  }

  private static Map<String, Object> pair(
      String what, Checkout.@Nullable Outcome was, Checkout.Outcome is) {
    return row(
        "what",
        what,
        "before",
        was == null ? "" : was.seconds(),
        "it said",
        was == null ? "" : was.said(),
        "now",
        is.seconds(),
        "it says",
        is.said());
  }

  private static Map<String, Object> count(String what, @Nullable Number was, Number is) {
    return row(
        "what", what, "before", was == null ? "" : was, "it said", "", "now", is, "it says", "");
  }
}
