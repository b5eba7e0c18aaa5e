package io.millrace.learner.bench;

import io.millrace.ingest.stream.Topics;
import io.millrace.ops.config.PackagedConfig;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Kills parts of a running system at random and then reads the ledger: separate processes, a real
 * broker, images of good and bad kinds without a pause. What must hold at the end is in {@link
 * ChaosLedger}; a violation is a failure of the command.
 */
@Command(
    name = "chaos",
    description =
        "Kills broker, ingest, learner, serving and publisher at random, reads the ledger.")
final class ChaosBench extends Benchmark {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final long POLL_MILLIS = 100;

  @Option(names = "--minutes", defaultValue = "10", description = "How long (${DEFAULT-VALUE}).")
  int minutes;

  @Option(names = "--kills", defaultValue = "0", description = "At most; 0 for any number.")
  int most;

  @Option(names = "--seed", defaultValue = "1", description = "Of who and when (${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--rate",
      defaultValue = "40",
      description = "Images a second (${DEFAULT-VALUE}).")
  int rate;

  @Option(names = "--garbage", defaultValue = "10", description = "Bad ones a second besides.")
  int garbage;

  @Option(
      names = "--learners",
      defaultValue = "1",
      description = "1, or 2: one learns and one stands by, and both are killed.")
  int learners;

  @Option(names = "--folder", description = "Where data and logs go; a temporary one if not given.")
  @Nullable Path folder;

  private final Map<ChaosPart, ChaosProcess> processes = new EnumMap<>(ChaosPart.class);
  private final Map<ChaosPart, List<Double>> recoveries = new EnumMap<>(ChaosPart.class);

  @Override
  Result measure() throws Exception {
    Path at = folder == null ? Files.createTempDirectory("millrace-chaos") : folder;
    Files.createDirectories(at);
    Files.writeString(at.resolve("millrace.yaml"), PackagedConfig.demo(), StandardCharsets.UTF_8);
    int port = freePort();
    String servers = "localhost:" + port;
    for (ChaosPart part : parts()) {
      recoveries.put(part, new ArrayList<>());
      processes.put(part, new ChaosProcess(part, at, port, freePort(), rate, learners));
    }
    var ledger = new ChaosLedger(Map.of("bootstrap.servers", servers), Topics.defaults(), at);
    var feeding = new AtomicBoolean(true);
    Thread feeder = new Thread(() -> feed(servers, feeding), "chaos-garbage");
    try {
      get(ChaosPart.BROKER).start();
      await("the broker", ledger::brokerAnswers);
      get(ChaosPart.BROKER).command("topics", "--create");
      for (ChaosPart part : parts()) {
        get(part).start();
      }
      feeder.start();
      for (ChaosPart part : parts()) {
        await(part + " for the first time", () -> alive() && works(part, ledger, ledger.mark()));
      }
      kill(ledger);
      get(ChaosPart.PUBLISHER).end();
      feeding.set(false);
      feeder.join();
      await("everything to be consumed", () -> alive() && ledger.isSettled());
      if (learners > 1) {
        get(ChaosPart.STANDBY).end();
      }
      get(ChaosPart.LEARNER).end(); // with its last checkpoint
      await(
          "embeddings of all images",
          () -> alive(ChaosPart.LEARNER, ChaosPart.STANDBY) && ledger.isEmbedded());
      ledger.check();
    } finally {
      feeding.set(false);
      for (ChaosPart part : parts()) {
        get(part).kill();
      }
    }
    var rows = new ArrayList<Map<String, Object>>();
    for (ChaosPart part : parts()) {
      rows.add(row(part, ledger));
    }
    ledger.facts().forEach((what, value) -> System.out.println(what + ": " + value));
    ledger.violations().forEach(v -> System.out.println("VIOLATED: " + v));
    new Result("chaos-" + seed, "SIGKILL at random, seed " + seed + ", " + rate + " images/s", rows)
        .report(out);
    if (!ledger.violations().isEmpty()) {
      throw new IllegalStateException(
          ledger.violations().size() + " violations, data and logs are in " + at);
    }
    return new Result("chaos", "what the log holds after seed " + seed, List.of(ledger.facts()));
  }

  private void kill(ChaosLedger ledger) throws Exception {
    var random = new Random(seed);
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    for (int kills = 0; System.nanoTime() < end && (most == 0 || kills < most); kills++) {
      ChaosPart victim = parts().get(random.nextInt(parts().size()));
      Thread.sleep(500 + random.nextInt(5_000)); // the seed's pause, not a condition
      get(victim).kill();
      long killed = System.nanoTime();
      ChaosLedger.Mark mark = ledger.mark();
      get(victim).start();
      await(victim + " after a kill", () -> alive() && works(victim, ledger, mark));
      double seconds = (System.nanoTime() - killed) / 1e9;
      list(victim).add(seconds);
      System.err.printf("kill %d: %s, back after %.1f s%n", kills + 1, victim, seconds);
    }
  }

  private List<ChaosPart> parts() {
    return Stream.of(ChaosPart.values())
        .filter(part -> part != ChaosPart.STANDBY || learners > 1)
        .toList();
  }

  private boolean works(ChaosPart part, ChaosLedger ledger, ChaosLedger.Mark mark) {
    return switch (part) {
      case BROKER, INGEST -> ledger.acceptedSince(mark);
      case PUBLISHER -> ledger.publishedSince(mark);
      case LEARNER, STANDBY, SERVING -> get(part).isReady();
    };
  }

  /** Starts again what ended by itself, as an orchestrator does; always true. */
  private boolean alive(ChaosPart... but) {
    for (ChaosPart part : parts()) {
      if (!List.of(but).contains(part)) {
        get(part).startAgainIfEnded();
      }
    }
    return true;
  }

  private ChaosProcess get(ChaosPart part) {
    ChaosProcess found = processes.get(part);
    if (found == null) {
      throw new IllegalStateException("no process for " + part);
    }
    return found;
  }

  private List<Double> list(ChaosPart part) {
    return recoveries.computeIfAbsent(part, p -> new ArrayList<>());
  }

  private Map<String, Object> row(ChaosPart part, ChaosLedger ledger) {
    List<Double> sorted = list(part).stream().sorted().toList();
    return Result.row(
        "part", part.toString(),
        "kills", sorted.size(),
        "median, s", sorted.isEmpty() ? null : sorted.get(sorted.size() / 2),
        "p90, s", sorted.isEmpty() ? null : sorted.get(sorted.size() * 9 / 10),
        "longest, s", sorted.isEmpty() ? null : sorted.get(sorted.size() - 1),
        "ended by itself", get(part).endedByItself(),
        "lost", ledger.lost(),
        "doubled", ledger.doubled());
  }

  /** Bad images on partition 0, whatever happens to the broker. */
  private void feed(String servers, AtomicBoolean feeding) {
    Map<String, Object> client =
        Map.of("bootstrap.servers", servers, "delivery.timeout.ms", 600_000, "linger.ms", 0);
    var random = new Random(seed ^ 0x5EED);
    try (var producer =
        new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (long i = 0; feeding.get() && garbage > 0; i++) {
        byte[] bytes = new byte[1 + random.nextInt(4_000)];
        random.nextBytes(bytes);
        producer.send(
            new ProducerRecord<>(
                Topics.defaults().imagesRaw(),
                0,
                ("garbage-" + seed + "-" + i).getBytes(StandardCharsets.UTF_8),
                bytes));
        TimeUnit.MILLISECONDS.sleep(1_000 / garbage);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void await(String what, BooleanSupplier until)
      throws InterruptedException, TimeoutException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!until.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new TimeoutException("waited " + PATIENCE.toSeconds() + " s for " + what);
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }
}
