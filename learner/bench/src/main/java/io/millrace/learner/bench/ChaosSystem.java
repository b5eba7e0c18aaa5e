package io.millrace.learner.bench;

import io.millrace.ingest.broker.FreePort;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.threads.DaemonThreads;
import io.millrace.ops.config.PackagedConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** All parts as processes, with the ledger and a producer of bad images. */
final class ChaosSystem implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(5);

  /** What piled up is worked off; how long that takes is no figure. */
  private static final Duration SETTLING = Duration.ofMinutes(30);

  private static final long POLL_MILLIS = 100;

  private final Map<ChaosPart, ChaosProcess> processes = new EnumMap<>(ChaosPart.class);
  private final String servers;
  private final ChaosLedger ledger;
  private final AtomicBoolean feeding = new AtomicBoolean(true);

  /**
   * @param at where data and logs go
   */
  ChaosSystem(Path at, ChaosLaunch how) throws IOException {
    Files.createDirectories(at);
    Files.writeString(at.resolve("millrace.yaml"), PackagedConfig.demo(), StandardCharsets.UTF_8);
    int port = FreePort.next();
    servers = "localhost:" + port;
    for (ChaosPart part : ChaosPart.values()) {
      processes.put(part, new ChaosProcess(part, at, port, FreePort.next(), how));
    }
    ledger = new ChaosLedger(Map.of("bootstrap.servers", servers), Topics.defaults(), at);
  }

  ChaosLedger ledger() {
    return ledger;
  }

  Map<String, Object> client() {
    return Map.of("bootstrap.servers", servers);
  }

  ChaosProcess get(ChaosPart part) {
    ChaosProcess found = processes.get(part);
    if (found == null) {
      throw new IllegalStateException("no process for " + part);
    }
    return found;
  }

  /** The broker and its topics. */
  void startBroker() throws Exception {
    get(ChaosPart.BROKER).start();
    await("the broker", ledger::brokerAnswers);
    get(ChaosPart.BROKER).command("topics", "--create");
  }

  /** The others, until all work. */
  void startAll() throws Exception {
    for (ChaosPart part : ChaosPart.values()) {
      get(part).start();
    }
    for (ChaosPart part : ChaosPart.values()) {
      awaitWorking(part, part + " for the first time");
    }
  }

  /** Waits until a part does its work, from now on; starts again what ends meanwhile. */
  void awaitWorking(ChaosPart part, String what) throws InterruptedException, TimeoutException {
    ChaosLedger.Mark from = ledger.mark();
    await(() -> what + whyAway(Set.of(part)), PATIENCE, () -> alive() && works(part, from));
  }

  boolean works(ChaosPart part, ChaosLedger.Mark mark) {
    return switch (part) {
      case BROKER -> ledger.acceptedSince(mark);
      case INGEST -> ledger.everywhereSince(mark);
      case PUBLISHER -> ledger.publishedSince(mark);
      case LEARNER, SERVING -> get(part).isReady();
    };
  }

  /**
   * Waits until every part has done new work, each from when the one before has: being ready is not
   * enough of a part that was never started again.
   */
  void awaitProgress(String what, Duration patience) throws InterruptedException, TimeoutException {
    for (ChaosPart part : ChaosPart.values()) {
      ChaosLedger.Mark from = ledger.mark();
      await(
          () -> part + " " + what + whyAway(Set.of(part)),
          patience,
          () -> alive() && works(part, from) && goesOn(part, from));
    }
  }

  private boolean goesOn(ChaosPart part, ChaosLedger.Mark mark) {
    return switch (part) {
      case LEARNER -> ledger.learnedSince(mark);
      case SERVING -> ledger.embeddedSince(mark);
      case BROKER, INGEST, PUBLISHER -> true; // works() has seen it
    };
  }

  /** Lets all images come to their end and checks the ledger. */
  void settleAndCheck() throws Exception {
    feeding.set(false);
    get(ChaosPart.PUBLISHER).end();
    await(
        () ->
            "everything to be consumed" + whyAway(EnumSet.of(ChaosPart.INGEST, ChaosPart.LEARNER)),
        SETTLING,
        () -> alive() && ledger.isSettled());
    get(ChaosPart.LEARNER).end(); // with its last checkpoint
    await(
        () -> "embeddings of all images" + whyAway(Set.of(ChaosPart.SERVING)),
        SETTLING,
        () -> alive(ChaosPart.LEARNER) && ledger.isEmbedded());
    ledger.check();
  }

  /** Starts again what ended by itself, as an orchestrator does; always true. */
  boolean alive(ChaosPart... but) {
    for (ChaosPart part : ChaosPart.values()) {
      if (!List.of(but).contains(part)) {
        get(part).startAgainIfEnded();
      }
    }
    return true;
  }

  /** Why parts do not work, in one line; the ends of their logs and their threads go to stderr. */
  String whyAway(Set<ChaosPart> parts) {
    parts.forEach(part -> System.err.println(get(part).logAndThreads()));
    return parts.stream()
        .map(part -> part + " (" + get(part).condition() + ")")
        .collect(Collectors.joining(", ", "; away: ", "; " + ledger.ends()));
  }

  /** Parts that ended by themselves, all together. */
  int endedByItself() {
    return processes.values().stream().mapToInt(ChaosProcess::endedByItself).sum();
  }

  /**
   * Sends bad images to partition 0, whatever happens to the broker, until all settles.
   *
   * @param perSecond of them
   * @param garbage of a number that counts up
   */
  void feed(long seed, int perSecond, IntFunction<byte[]> garbage) {
    if (perSecond == 0) {
      return;
    }
    var settings =
        Map.<String, Object>of(
            "bootstrap.servers", servers, "delivery.timeout.ms", 600_000, "linger.ms", 0);
    DaemonThreads.named(
            "chaos-garbage",
            () -> {
              try (var producer =
                  new KafkaProducer<>(
                      settings, new ByteArraySerializer(), new ByteArraySerializer())) {
                long begin = System.nanoTime();
                for (int i = 0; feeding.get(); i++) {
                  byte[] key = ("garbage-" + seed + "-" + i).getBytes(StandardCharsets.UTF_8);
                  producer.send(
                      new ProducerRecord<>(
                          Topics.defaults().imagesRaw(), 0, key, garbage.apply(i)));
                  long due = begin + (i + 1) * (1_000_000_000L / perSecond);
                  TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            })
        .start();
  }

  /** Bytes that are no image. */
  static IntFunction<byte[]> noise(long seed) {
    var random = new Random(seed ^ 0x5EED);
    return i -> {
      byte[] bytes = new byte[1 + random.nextInt(4_000)];
      random.nextBytes(bytes);
      return bytes;
    };
  }

  static void await(String what, BooleanSupplier until)
      throws InterruptedException, TimeoutException {
    await(what, PATIENCE, until);
  }

  static void await(String what, Duration patience, BooleanSupplier until)
      throws InterruptedException, TimeoutException {
    await(() -> what, patience, until);
  }

  /**
   * Waits.
   *
   * @param what is waited for, asked once it did not come
   */
  static void await(Supplier<String> what, Duration patience, BooleanSupplier until)
      throws InterruptedException, TimeoutException {
    long end = System.nanoTime() + patience.toNanos();
    while (!until.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new TimeoutException("waited " + patience.toSeconds() + " s for " + what.get());
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  @Override
  public void close() throws InterruptedException {
    feeding.set(false);
    for (ChaosPart part : ChaosPart.values()) {
      get(part).kill();
    }
  }
}
