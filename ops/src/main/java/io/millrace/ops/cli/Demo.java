package io.millrace.ops.cli;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.source.ImageSet;
import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.source.PublishProgress;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.learner.evaluate.KnnMetrics;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.config.UserError;
import io.millrace.ops.dashboard.Status;
import io.millrace.ops.experiment.HeldOut;
import io.millrace.ops.experiment.ProbeAccuracies;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.metrics.MeteredSource;
import io.millrace.ops.metrics.ProcessMemory;
import io.millrace.ops.node.Clients;
import io.millrace.ops.node.Node;
import io.millrace.ops.node.PublishRole;
import io.millrace.ops.node.RoleThread;
import io.millrace.ops.node.Roles;
import io.millrace.ops.node.StatusLine;
import io.millrace.ops.node.StreamWatch;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.serving.kafka.ServingStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything in one process: broker, topics, publisher, ingest, learner, serving, HTTP.
 *
 * <pre>
 * running ──▶ draining: publisher stops, ingest and learner consume what is on its way,
 *             the learner saves its last checkpoint, serving embeds ──▶ done
 * </pre>
 *
 * Each part of the draining has a limit; what is left then stays in the topics, and the next run on
 * the same folder consumes it. Asked to stop, it drains nothing: the learner saves at once.
 */
final class Demo {
  private static final Logger log = LoggerFactory.getLogger(Demo.class);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration INGEST_DRAIN = Duration.ofSeconds(20);
  private static final Duration LEARNER_DRAIN = Duration.ofSeconds(15);
  private static final Duration STATS_DRAIN = Duration.ofSeconds(5);
  private static final Duration LEARNER_END = Duration.ofSeconds(60);
  private static final Duration PUBLISHER_END = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration SERVING_DRAIN = Duration.ofSeconds(20);

  /** What may follow when the learner has drained. */
  private static final Duration ENDING = LEARNER_END.plus(SERVING_DRAIN);

  private final MillraceConfig config;
  private final String images;
  private final Duration duration;
  private final long steps;
  private final Clock clock;
  private final LiveLine line;
  private final RunUntilShutdown shutdown;

  /**
   * @param images what to publish: a path or {@code synthetic}
   * @param duration how long to learn
   * @param steps updates of this run after which to end earlier; 0 for no such limit
   */
  Demo(
      MillraceConfig config,
      String images,
      Duration duration,
      long steps,
      Clock clock,
      LiveLine line,
      RunUntilShutdown shutdown) {
    this.config = config;
    this.images = images;
    this.duration = duration;
    this.steps = steps;
    this.clock = clock;
    this.line = line;
    this.shutdown = shutdown;
  }

  /** Runs it to its end. */
  Summary run() throws IOException, InterruptedException {
    Path broker = config.dataDir().resolve("kafka");
    try (ImageSource source = Sources.open(images, config.synthetic());
        EmbeddedBroker kafka = EmbeddedBroker.startOn(configuredPort(), brokerSettings(broker))) {
      RunUntilShutdown.requireGoOn();
      MillraceConfig here = config.withKafka(config.kafka().at(kafka.bootstrapServers()));
      line.say("Kafka: " + kafka.bootstrapServers() + elsewhere(kafka.bootstrapServers()));
      try (Admin admin = Clients.admin(here.kafka())) {
        new TopicAdmin(admin, Duration.ofSeconds(30))
            .ensure(TopicCatalog.of(here.topicNames(), here.topics()));
      }
      return run(here, source);
    }
  }

  private BrokerSettings brokerSettings(Path folder) {
    return BrokerSettings.defaults(folder)
        .withMaxMessageBytes(config.topics().maxMessageBytes() + TopicCatalog.HEADER_ROOM);
  }

  /** Where the other commands look for a broker. */
  private int configuredPort() {
    String servers = config.kafka().bootstrapServers();
    return Integer.parseInt(servers.substring(servers.lastIndexOf(':') + 1));
  }

  /** What the other commands need to be told where that port is taken. */
  private String elsewhere(String servers) {
    return servers.endsWith(":" + configuredPort())
        ? ""
        : "\n  (port "
            + configuredPort()
            + " is taken; give other commands\n  --set kafka.bootstrapServers="
            + servers
            + ")";
  }

  private Summary run(MillraceConfig here, ImageSource source)
      throws IOException, InterruptedException {
    try (var decoder = new ImageDecoder(here.decode())) {
      ProbeImages probe =
          HeldOut.probe(
              source,
              here.acceptImages(decoder),
              here.learner().probe(),
              here.learner().replay().maxSide());
      RunUntilShutdown.requireGoOn();
      return run(here, source, probe);
    }
  }

  private Summary run(MillraceConfig here, ImageSource source, @Nullable ProbeImages probe)
      throws IOException, InterruptedException {
    var pace = new LearningPace();
    try (var node = new Node(here, EnumSet.allOf(RoleName.class), probe, pace, clock)) {
      node.start();
      if (!node.address().isEmpty()) {
        line.say("live page: " + node.address());
      }
      var publishing =
          new PublishRole(
              here, source, node::learningLag, new MeteredSource(node.meters()), node.clients());
      long total = source.stream().count();
      if (total != ImageSet.UNBOUNDED) {
        node.publishTotal(total);
      }
      RoleThread publisher = new RoleThread(publishing).start();
      try {
        learn(node, publisher, pace);
        if (!shutdown.stopAsked()) {
          drain(node, publisher, publishing);
        }
        end(node, publisher);
      } finally {
        publisher.requestStop();
        publisher.join(PUBLISHER_END);
      }
      line.show(StatusLine.of(node.tick()));
      line.end();
      return summary(here, node, pace);
    }
  }

  private void learn(Node node, RoleThread publisher, LearningPace pace)
      throws InterruptedException {
    Instant end = clock.instant().plus(duration);
    node.endsAt(end);
    while (clock.instant().isBefore(end) && (steps == 0 || pace.updates() < steps)) {
      if (shutdown.await(TICK)) {
        line.say("stopping: saving a checkpoint ...");
        return;
      }
      line.show(StatusLine.of(node.tick()));
      require(node, publisher);
    }
  }

  private void drain(Node node, RoleThread publisher, PublishRole publishing)
      throws InterruptedException {
    Duration after = STATS_DRAIN.plus(LEARNER_DRAIN).plus(ENDING);
    draining(node, INGEST_DRAIN.plus(after));
    publisher.requestStop();
    publisher.join(INGEST_DRAIN);
    require(node, publisher);
    PublishProgress last = publishing.progress();
    long sent = last == null ? 0 : last.published();
    await(
        "ingest",
        node,
        INGEST_DRAIN,
        () -> node.watch().published() >= sent && node.ingestLag().orElse(1) == 0);
    draining(node, after);
    // The counts come a moment later, and those older than topics.statsRetention not at all.
    await(
        "the statistics",
        node,
        STATS_DRAIN,
        () -> node.watch().validated() >= node.watch().published());
    draining(node, LEARNER_DRAIN.plus(ENDING));
    Instant ingested = clock.instant();
    await("the learner", node, LEARNER_DRAIN, () -> consumed(node, ingested));
  }

  /** The learner saves its last checkpoint; serving embeds what there is. */
  private void end(Node node, RoleThread publisher) throws InterruptedException {
    draining(node, ENDING);
    publisher.requestStop();
    Instant end = clock.instant().plus(LEARNER_END);
    boolean ended;
    do {
      ended = node.end(RoleName.LEARNER, LOOK);
      line.show(StatusLine.of(node.tick()));
    } while (!ended && clock.instant().isBefore(end));
    if (!ended) {
      throw new UserError("the learner did not end within " + LEARNER_END.toSeconds() + " s");
    }
    require(node, publisher);
    LearnerStatus s = node.learnerStatus();
    draining(node, SERVING_DRAIN);
    if (s != null && s.release() > 0) {
      await("serving", node, SERVING_DRAIN, () -> embeddedAll(node));
    }
    require(node, publisher);
    node.phase("done");
  }

  /** Whether the learner is done with all that the log held at this instant. */
  private static boolean consumed(Node node, Instant instant) {
    LearnerStatus s = node.learnerStatus();
    return s != null && s.caughtUpTo() != null && !s.caughtUpTo().isBefore(instant);
  }

  /** Whether the newest promoted release serves, and has embedded every accepted image. */
  private static boolean embeddedAll(Node node) {
    ServingStatus s = node.servingStatus();
    LearnerStatus l = node.learnerStatus();
    if (s == null || l == null || s.refresh() != null || s.lag() != 0) {
      return false;
    }
    List<Status.Release> releases = node.watch().releases();
    boolean allSeen =
        !releases.isEmpty() && Long.parseLong(releases.get(0).version()) >= l.release();
    return allSeen
        && releases.stream()
            .filter(r -> r.gate().equals(ReleaseManifest.State.PROMOTED.toString()))
            .findFirst()
            .map(r -> r.version().equals(String.valueOf(s.liveVersion())))
            .orElse(true);
  }

  /** Says that no new images are consumed, and how long the rest may take at most. */
  private void draining(Node node, Duration most) {
    node.phase("draining");
    node.endsAt(clock.instant().plus(most));
  }

  private void await(String what, Node node, Duration most, BooleanSupplier done)
      throws InterruptedException {
    Instant end = clock.instant().plus(most);
    while (!done.getAsBoolean() && !shutdown.stopAsked()) {
      if (!clock.instant().isBefore(end)) {
        log.info("{} did not catch up within {} s; it goes on next time", what, most.toSeconds());
        return;
      }
      shutdown.await(LOOK);
      line.show(StatusLine.of(node.tick()));
      RoleThread failed = node.failed();
      if (failed != null) {
        return;
      }
    }
  }

  private static void require(Node node, RoleThread publisher) {
    RoleThread failed = publisher.failure() != null ? publisher : node.failed();
    if (failed != null) {
      throw Roles.failed(failed);
    }
  }

  private static @Nullable Long peakResidentBytes() {
    double bytes = ProcessMemory.peakResidentBytes();
    return Double.isNaN(bytes) ? null : (Long) (long) bytes;
  }

  private static Summary summary(MillraceConfig here, Node node, LearningPace pace) {
    LearnerStatus s = node.learnerStatus();
    if (s == null) {
      RunUntilShutdown.requireGoOn();
      throw new UserError("the learner was never put together; see the log");
    }
    EngineInfo engine = node.engine();
    ServingStatus serving = node.servingStatus();
    StreamWatch watch = node.watch();
    KnnMetrics knn = s.knn();
    return new Summary(
        Math.max(watch.published(), watch.validated()),
        watch.accepted(),
        watch.rejected(),
        s.counters(),
        s.step(),
        pace.imagesPerSecond(),
        s.lossFirst(),
        s.loss(),
        new Summary.Skill(s.skillFirst(), s.skill()),
        Map.copyOf(s.monitors()),
        knn == null ? null : new ProbeAccuracies(knn.raw(), knn.untrained(), knn.trained()),
        serving == null ? 0 : serving.embedded(),
        s.releases(),
        s.checkpoints(),
        peakResidentBytes(),
        here.engine().name(),
        engine == null ? here.engine().device() : engine.device(),
        ConfigReader.spelled(engine == null ? here.engine().precision() : engine.precision()),
        here.model().seed());
  }
}
