package io.millrace.learner.bench;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.EncodedImages;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.membership.GroupLog;
import io.millrace.learner.membership.GroupSettings;
import io.millrace.learner.membership.Heartbeat;
import io.millrace.learner.release.KafkaGroupLog;
import io.millrace.ops.config.PackagedConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * How long two learner processes of one model are without an update after one of them was killed:
 * the demo's network, a broker of this JVM, updates from replay without a pause. The other's
 * heartbeats say when it has made an update in a later generation; one comes every thirtieth of the
 * group's timeout, which is how exact a time is.
 */
final class ScaleRecovery implements AutoCloseable {
  private static final List<String> NAMES = List.of("a", "b");
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int IMAGES = 512;

  private final Map<String, Process> processes = new HashMap<>();
  private final Map<String, Heartbeat> latest = new HashMap<>();
  private final Path folder;
  private final EmbeddedBroker broker;
  private final GroupSettings settings;
  private final GroupLog log;

  private ScaleRecovery() throws IOException {
    folder = Files.createTempDirectory("millrace-recovery");
    Files.writeString(
        folder.resolve("millrace.yaml"), PackagedConfig.demo(), StandardCharsets.UTF_8);
    broker = EmbeddedBroker.start(BrokerSettings.defaults(folder.resolve("kafka")));
    GroupSettings d = GroupSettings.defaults();
    settings =
        new GroupSettings(
            1, NAMES.size(), d.timeout(), folder.resolve("shared").toString(), "", d.backend());
    Topics topics = Topics.defaults();
    Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
    try (Admin admin = Admin.create(client)) {
      new TopicAdmin(admin, Duration.ofSeconds(60))
          .ensure(TopicCatalog.of(topics, TopicSettings.defaults()));
    }
    accept(client, topics.imagesAccepted());
    log = KafkaGroupLog.open(client, topics.learnerMembers(), topics.learnerLease(), settings);
  }

  /** Seconds after each of so many kills, of the leader and of the other in turns. */
  static double[] seconds(int kills) throws Exception {
    try (var recovery = new ScaleRecovery()) {
      double[] out = new double[kills];
      for (int i = 0; i < kills; i++) {
        out[i] = recovery.kill(i % 2 == 0);
      }
      return out;
    }
  }

  private double kill(boolean leader) throws Exception {
    NAMES.forEach(this::startIfEnded);
    await("both to learn", beat -> learning(beat.generation()) == NAMES.size());
    Heartbeat target =
        latest.values().stream()
            .filter(beat -> beat.state() == Heartbeat.State.WORKING && beat.leads() == leader)
            .max((a, b) -> Long.compare(a.generation(), b.generation()))
            .orElseThrow();
    long killedAt = System.nanoTime();
    process(target.host()).destroyForcibly();
    await(
        "an update without " + target.host(),
        beat ->
            beat.generation() > target.generation()
                && !beat.host().equals(target.host())
                && beat.computeSeconds() > 0);
    return (System.nanoTime() - killedAt) / 1e9;
  }

  /** Processes that have made updates in a generation. */
  private long learning(long generation) {
    return latest.values().stream()
        .filter(beat -> beat.generation() == generation && beat.computeSeconds() > 0)
        .count();
  }

  private void await(String what, Predicate<Heartbeat> wanted) throws TimeoutException {
    var found = new boolean[1];
    var reader =
        new GroupLog.Reader() {
          @Override
          public void heard(Heartbeat beat) {
            latest.put(beat.member(), beat);
            found[0] |= beat.state() == Heartbeat.State.WORKING && wanted.test(beat);
          }

          @Override
          public void recorded(String model, Lineage lineage) {}
        };
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!found[0]) {
      if (System.nanoTime() > end) {
        throw new TimeoutException(
            "waited %d s for %s: logs are in %s".formatted(PATIENCE.toSeconds(), what, folder));
      }
      log.poll(settings.heartbeat().dividedBy(2), reader);
    }
  }

  private Process process(String name) {
    Process process = processes.get(name);
    if (process == null) {
      throw new IllegalStateException("no process '" + name + "'");
    }
    return process;
  }

  private void startIfEnded(String name) {
    @Nullable Process before = processes.get(name);
    if (before != null && before.isAlive()) {
      return;
    }
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.millrace.ops.cli.Main",
                "run",
                "--roles",
                "learner",
                "--config",
                folder.resolve("millrace.yaml").toString()));
    Stream.of(
            "http.port=0",
            "dataDir=" + folder.resolve(name),
            "kafka.bootstrapServers=" + broker.bootstrapServers(),
            "engine.threads=1",
            "learner.shards=" + NAMES.size(),
            "learner.idle=replay",
            "learner.checkpoint.everySeconds=10",
            "learner.release.warmUpSteps=1000000",
            "learner.group.maxSize=" + settings.maxSize(),
            "learner.group.sharedDir=" + settings.sharedDir())
        .forEach(setting -> command.addAll(List.of("--set", setting)));
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".log").toFile()));
    builder.environment().put("POD_NAME", name); // is its host for the others
    try {
      processes.put(name, builder.start());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void accept(Map<String, Object> client, String topic) {
    var random = new Random(1);
    try (var producer =
        new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < IMAGES; i++) {
        byte[] rgb = new byte[32 * 32 * 3];
        random.nextBytes(rgb);
        producer.send(
            new ProducerRecord<>(
                topic,
                ("image@" + i).getBytes(StandardCharsets.UTF_8),
                EncodedImages.jpeg(new PixelImage(32, 32, rgb), 0.9f)));
      }
    }
  }

  @Override
  public void close() {
    processes.values().forEach(Process::destroyForcibly);
    log.close();
    broker.close();
  }
}
