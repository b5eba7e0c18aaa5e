package io.millrace.ops.node;

import io.javalin.config.JavalinConfig;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.source.AdminLagProbe;
import io.millrace.ingest.stream.Topics;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.loop.Rate;
import io.millrace.learner.release.ModelClaim;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.ops.cli.DataFolder;
import io.millrace.ops.cli.HttpAccess;
import io.millrace.ops.cli.Main;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.config.UserError;
import io.millrace.ops.dashboard.Board;
import io.millrace.ops.dashboard.Dashboard;
import io.millrace.ops.dashboard.LivePage;
import io.millrace.ops.dashboard.Status;
import io.millrace.ops.explore.Exploring;
import io.millrace.ops.explore.FetchPictures;
import io.millrace.ops.explore.FollowEmbeddings;
import io.millrace.ops.explore.RecentEmbeddings;
import io.millrace.ops.health.Check;
import io.millrace.ops.health.CheckResult;
import io.millrace.ops.health.Health;
import io.millrace.ops.metrics.Meter;
import io.millrace.ops.metrics.MeteredApi;
import io.millrace.ops.metrics.MeteredIngest;
import io.millrace.ops.metrics.MeteredLearner;
import io.millrace.ops.metrics.MeteredServing;
import io.millrace.ops.metrics.Meters;
import io.millrace.serving.http.AccessToken;
import io.millrace.serving.index.VectorIndex;
import io.millrace.serving.kafka.SearchStatus;
import io.millrace.serving.kafka.ServingStatus;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process: any of the roles against one cluster, with meters, health and the live page around
 * them. {@link #tick} each second keeps status and history going.
 */
final class Node implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Node.class);

  /** For the learner's last checkpoint and all that comes after it, together. */
  private static final Duration END = Duration.ofSeconds(60);

  private static final long LAG_EVERY_MILLIS = 2_000;

  private final MillraceConfig config;
  private final Set<RoleName> roles;
  private final Clock clock;
  private final Instant startedAt;
  private final Topics topics;
  private final Meters meters;
  private final Health health;
  private final ImageDecoder decoder;
  private final Admin admin;
  private final AdminLagProbe lag;
  private final SelfTest selfTest;
  private final Map<String, Object> clients;
  private final Board board;
  private final StreamWatch watch;
  private final RecentEmbeddings embeddings = new RecentEmbeddings(3000);
  private final FetchPictures fetching;
  private final Exploring exploring;
  private final IngestRole ingest;
  private final LearnerRole learner;
  private final ServingRole serving;
  private final DecodeGuard decodeGuard = new DecodeGuard();
  private final Roles running = new Roles();
  private final Rate accepted = new Rate();
  private final AtomicLong lastIngestLag = new AtomicLong();
  private long lagAskedAt;
  private @Nullable Dashboard dashboard;
  private volatile @Nullable ServingFront front;
  private volatile String phase = "starting";
  private volatile @Nullable Instant endsAt;
  private volatile @Nullable Long publishTotal;

  /**
   * @param probe held-out labelled images for the learner's kNN figure; null without any
   * @param listener is told what the learner does
   */
  Node(
      MillraceConfig config,
      Set<RoleName> roles,
      @Nullable ProbeImages probe,
      LearnerListener listener,
      Clock clock) {
    this.config = config;
    this.roles = EnumSet.copyOf(roles);
    this.clock = clock;
    this.startedAt = clock.instant();
    this.topics = config.topicNames();
    this.meters = new Meters(config.metrics());
    this.clients = meters.metered(config.kafka().clients());
    this.health = new Health(clock);
    this.decoder = new ImageDecoder(config.decode(), decodeGuard);
    this.admin = Clients.admin(config.kafka());
    this.selfTest = new SelfTest(config, this::admin);
    this.lag =
        new AdminLagProbe(
            admin,
            Map.of(
                topics.ingestApplicationId(),
                Set.of(topics.imagesRaw()),
                topics.learnerGroup(),
                Set.of(topics.imagesAccepted())));
    this.board =
        new Board(
            new Status(
                startedAt, startedAt, phase, null, words(), null, null, null, List.of(),
                List.of()));
    this.watch =
        new StreamWatch(clients, topics, config.learner().model(), decoder, board.images());
    this.ingest = new IngestRole(config, decoder, new MeteredIngest(meters), meters);
    this.learner =
        new LearnerRole(
            config,
            probe,
            decoder,
            new MeteredLearner(meters),
            new LoggedSteps(listener),
            clock,
            clients);
    this.serving = new ServingRole(config, decoder, new MeteredServing(meters), clock, clients);
    this.fetching =
        new FetchPictures(
            topics.imagesAccepted(),
            () -> Clients.picker(clients, "millrace-watch-neighbours"),
            decoder,
            board.images());
    this.exploring =
        new Exploring(
            board.images(),
            embeddings,
            this::searchedIndex,
            fetching,
            Objects.requireNonNull(config.methods().get(config.method())),
            config.model().preprocessing(),
            config.model().seed(),
            new ReleaseReader(config.releasesDir()),
            watch::newest,
            () -> Engines.open(config.engine().name(), EngineOptions.cpu(Precision.FLOAT32)),
            clock);
    addChecks();
    addGauges();
  }

  /**
   * Starts HTTP, then the roles.
   *
   * @throws IllegalStateException in words for a user when topics are missing or the port is taken
   */
  void start() {
    makeDataFolder();
    selfTest.require(roles);
    if (roles.contains(RoleName.LEARNER) || roles.contains(RoleName.SERVING)) {
      claimPrefix();
    }
    HttpAccess.warnings(config).forEach(log::warn);
    AccessToken token = HttpAccess.needsToken(config, roles) ? HttpAccess.token(config) : null;
    ServingFront answering = null;
    if (token != null && roles.contains(RoleName.SERVING)) {
      answering =
          new ServingFront(
              config, token, clients, this::liveVersion, new MeteredApi(meters), clock);
      front = answering;
    }
    if (config.http().enabled()) {
      dashboard = Dashboard.start(config.http(), page(token, answering));
    }
    running.start(decodeGuard.role());
    running.start(watch.role());
    running.start(followEmbeddings());
    if (roles.contains(RoleName.INGEST)) {
      running.start(ingest.role());
    }
    if (roles.contains(RoleName.LEARNER)) {
      running.start(learner.role());
    }
    if (roles.contains(RoleName.SERVING)) {
      running.start(serving.role());
    }
    if (answering != null) {
      answering.start(running);
    }
    phase = "running";
  }

  private void makeDataFolder() {
    try {
      DataFolder.make(config.dataDir());
    } catch (IOException e) {
      throw new UserError(
          config.dataDir() + " (dataDir) can't be made: " + String.valueOf(e.getMessage()), e);
    }
  }

  private void claimPrefix() {
    try {
      ModelClaim.claim(config.kafka().clients(), topics.learnerLease(), config.learner().model());
    } catch (IllegalStateException e) {
      throw new UserError(String.valueOf(e.getMessage()), e);
    }
  }

  private LivePage page(@Nullable AccessToken token, @Nullable ServingFront answering) {
    var more = new ArrayList<java.util.function.Consumer<JavalinConfig>>();
    more.add(HttpAccess.control(config, token)::register);
    if (answering != null) {
      more.add(answering::register);
    }
    return new LivePage(
        board,
        health,
        meters::scrape,
        (method, route, status, nanos) ->
            meters.time(Meter.HTTP_TIME, nanos, method, route, Integer.toString(status)),
        exploring,
        more);
  }

  /** Follows embeddings for the page; whatever befalls it, nothing else stops. */
  private Role followEmbeddings() {
    var stop = new CountDownLatch(1);
    var follow = new FollowEmbeddings(topics.embeddings(), embeddings, board.images()::remove);
    return new Role(
        "embedding-watch",
        () -> {
          while (stop.getCount() > 0) {
            try (var consumer = Clients.reader(clients, "millrace-watch-embeddings")) {
              follow.run(consumer, stop);
            } catch (RuntimeException e) {
              log.warn("embeddings can't be followed, next try in 10 s: {}", e.toString());
              stop.await(10, TimeUnit.SECONDS);
            }
          }
        },
        stop::countDown);
  }

  /** Where the page is; empty without HTTP. */
  String address() {
    Dashboard d = dashboard;
    return d == null
        ? ""
        : config.http().scheme() + "://" + config.http().host() + ":" + d.port() + "/";
  }

  /** Takes a look around: status, history, page. */
  Status tick() {
    Status now = look();
    board.update(now);
    return now;
  }

  void phase(String now) {
    phase = now;
  }

  void endsAt(Instant at) {
    endsAt = at;
  }

  /** Says how many images there are to publish, where this process publishes a finite source. */
  void publishTotal(long total) {
    publishTotal = total;
  }

  Meters meters() {
    return meters;
  }

  /** Records that ingest and learner have to take in. */
  OptionalLong learningLag() {
    return lag.lag();
  }

  /** Raw images that ingest has not judged; empty when the cluster does not say now. */
  OptionalLong ingestLag() {
    return lag.byPartition().map(this::ofIngest).orElse(OptionalLong.empty());
  }

  private OptionalLong ofIngest(Map<TopicPartition, Long> lags) {
    return OptionalLong.of(
        lags.entrySet().stream()
            .filter(e -> e.getKey().topic().equals(topics.imagesRaw()))
            .mapToLong(Map.Entry::getValue)
            .sum());
  }

  /** Settings of Kafka clients whose meters are ours. */
  Map<String, Object> clients() {
    return clients;
  }

  StreamWatch watch() {
    return watch;
  }

  @Nullable LearnerStatus learnerStatus() {
    return learner.status();
  }

  @Nullable EngineInfo engine() {
    return learner.engine();
  }

  @Nullable ServingStatus servingStatus() {
    return serving.status();
  }

  private OptionalLong liveVersion() {
    ServingStatus s = serving.status();
    Long version = s == null ? null : s.liveVersion();
    return version == null ? OptionalLong.empty() : OptionalLong.of(version);
  }

  private @Nullable VectorIndex searchedIndex() {
    ServingFront f = front;
    return f == null ? null : f.index();
  }

  private @Nullable SearchStatus searchStatus() {
    ServingFront f = front;
    return f == null ? null : f.searchStatus();
  }

  ImageDecoder decoder() {
    return decoder;
  }

  Admin admin() {
    return admin;
  }

  /** The first role that ended by itself with a failure; null while all is well. */
  @Nullable Role failed() {
    return running.failed();
  }

  /** Asks one role to end and waits for it; returns whether it has. */
  boolean end(RoleName name, Duration most) {
    return running.end(name.word(), most);
  }

  /**
   * Asks everything to end, the learner first so that its checkpoint is made while all is there.
   *
   * @throws UserError when a part failed, perhaps at its last checkpoint, or did not end
   */
  void end() {
    List<String> alive = endAll();
    requireWell();
    if (!alive.isEmpty()) {
      throw new UserError(
          String.join(", ", alive)
              + " did not end within "
              + END.toSeconds()
              + " s: the next start goes on from the checkpoint before");
    }
  }

  /**
   * Says why not all is well.
   *
   * @throws UserError when a role failed
   */
  void requireWell() {
    running.requireWell();
  }

  private List<String> endAll() {
    return running.endAll(
        List.of(RoleName.LEARNER.word(), RoleName.SERVING.word(), RoleName.INGEST.word()), END);
  }

  private Status look() {
    Instant now = clock.instant();
    long millis = now.toEpochMilli();
    if (millis - lagAskedAt >= LAG_EVERY_MILLIS) {
      lagAskedAt = millis;
      lag.byPartition().ifPresent(this::tookLag);
      meters.bindClients();
    }
    long known = watch.judged();
    // Others than Millrace's publishers may write to images.raw as well.
    long images = Math.max(watch.published(), known);
    var stream =
        new Status.Stream(
            images,
            publishTotal,
            watch.accepted(),
            watch.rejected(),
            watch.rejectedBySource(),
            acceptedPerSecond(millis, watch.accepted()),
            lastIngestLag.get());
    return new Status(
        now,
        startedAt,
        phase,
        endsAt,
        words(),
        stream,
        roles.contains(RoleName.LEARNER)
            ? NodeStatus.learner(config, learner.status(), learner.engine())
            : null,
        roles.contains(RoleName.SERVING)
            ? NodeStatus.serving(serving.status(), searchStatus())
            : null,
        releases(),
        checked());
  }

  private List<Status.Release> releases() {
    List<Status.Release> all = watch.releases();
    all.stream()
        .collect(Collectors.groupingBy(Status.Release::gate, Collectors.counting()))
        .forEach((word, count) -> meters.set(Meter.GATE_RESULTS, count, word));
    return all;
  }

  private List<CheckResult> checked() {
    List<CheckResult> all = health.all();
    all.forEach(check -> meters.set(Meter.COMPONENT_OK, check.ok() ? 1 : 0, check.name()));
    return all;
  }

  private void tookLag(Map<TopicPartition, Long> lags) {
    ofIngest(lags).ifPresent(lastIngestLag::set);
    lags.forEach(
        (at, records) ->
            meters.set(
                Meter.PARTITION_LAG,
                records,
                at.topic().equals(topics.imagesRaw()) ? "ingest" : "learner",
                Integer.toString(at.partition())));
  }

  private double acceptedPerSecond(long millis, long count) {
    accepted.reached(millis, count);
    double rate = accepted.perSecond(millis);
    return Double.isNaN(rate) ? 0 : rate;
  }

  private List<String> words() {
    return roles.stream().map(RoleName::word).toList();
  }

  private void addChecks() {
    health.addLive(
        Check.of(
            "threads",
            () -> {
              Role dead = failed() == null ? running.ended() : failed();
              return dead == null
                  ? CheckResult.pass("threads", running.count() + " run")
                  : CheckResult.fail(
                      "threads",
                      dead.name()
                          + ": "
                          + (dead.failure() == null ? "has ended" : words(dead.failure())));
            }));
    health.addReady(Check.of("broker", selfTest::brokerNow));
    health.addReady(Check.of("disk", selfTest::room));
    if (roles.contains(RoleName.INGEST)) {
      health.addReady(
          RoleName.INGEST.word(),
          Check.of("ingest", () -> new CheckResult("ingest", ingest.alive(), ingest.state())));
    }
    if (roles.contains(RoleName.LEARNER)) {
      health.addReady(RoleName.LEARNER.word(), Check.of("learner", this::learnerCheck));
    }
    if (roles.contains(RoleName.SERVING)) {
      health.addReady(RoleName.SERVING.word(), Check.of("serving", this::servingCheck));
      health.addReady(RoleName.SERVING.word(), Check.of("releases", this::releasesCheck));
      if (config.search().enabled()) {
        health.addReady(RoleName.SERVING.word(), Check.of("search", this::searchCheck));
      }
    }
  }

  private CheckResult learnerCheck() {
    LearnerStatus s = learner.status();
    if (s == null) {
      return CheckResult.fail("learner", "starting");
    }
    return switch (s.state()) {
      case LEARNING, IDLE, DRAINING, CLOSED ->
          CheckResult.pass("learner", s.state().name().toLowerCase(java.util.Locale.ROOT));
      case STARTING, RESTORING ->
          CheckResult.fail("learner", s.state().name().toLowerCase(java.util.Locale.ROOT));
      case FAILED -> CheckResult.fail("learner", String.valueOf(s.failure()));
    };
  }

  private CheckResult servingCheck() {
    ServingStatus s = serving.status();
    if (s == null) {
      return CheckResult.fail("serving", "starting");
    }
    ServingStatus.Refresh refresh = s.refresh();
    if (s.liveVersion() != null) {
      return CheckResult.pass("serving", "version " + s.liveVersion());
    }
    return CheckResult.fail(
        "serving",
        refresh == null ? "waits for the first release" : "fills version " + refresh.version());
  }

  private CheckResult releasesCheck() {
    ServingFront f = front;
    String why = f == null ? "starting" : f.releasesNotFollowed();
    return why == null
        ? CheckResult.pass("releases", "followed")
        : CheckResult.fail("releases", why);
  }

  private CheckResult searchCheck() {
    SearchStatus s = searchStatus();
    if (s == null) {
      return CheckResult.fail("search", "starting");
    }
    if (s.version() != null) {
      return CheckResult.pass("search", "version " + s.version() + ", " + s.images() + " images");
    }
    return CheckResult.fail(
        "search",
        s.imagesByVersion().isEmpty()
            ? "waits for the first release"
            : "fills the index: images by version " + new TreeMap<>(s.imagesByVersion()));
  }

  private static String words(@Nullable Throwable failure) {
    return failure == null ? "" : Main.words(failure);
  }

  private void addGauges() {
    meters.gauge(Meter.INGEST_LAG, lastIngestLag::get);
    meters.gauge(Meter.DECODES_HUNG, decoder::hungThreads);
    meters.gauge(Meter.RELEASE_AGE, this::releaseAge);
    meters.gauge(Meter.GATE_PASSED, this::gatePassed);
    if (roles.contains(RoleName.LEARNER)) {
      meters.gauge(Meter.LOSS, () -> figure(LearnerStatus::loss));
      meters.gauge(Meter.SKILL, () -> figure(LearnerStatus::skill));
      meters.gauge(
          Meter.LEARNER_LAG,
          () -> figure(s -> s.lag().isPresent() ? s.lag().getAsLong() : Double.NaN));
      meters.gauge(Meter.REPLAY_IMAGES, () -> figure(LearnerStatus::replayImages));
      meters.gauge(Meter.REPLAY_BYTES, () -> figure(s -> (double) s.replayBytes()));
      meters.gauge(Meter.CHECKPOINT_AGE, () -> figure(LearnerStatus::checkpointAgeSeconds));
    }
    if (roles.contains(RoleName.SERVING)) {
      meters.gauge(Meter.INDEX_IMAGES, () -> ofSearch(SearchStatus::images));
      meters.gauge(Meter.INDEX_LAG, () -> ofSearch(SearchStatus::lag));
      meters.gauge(
          Meter.INDEX_VERSION, () -> ofSearch(s -> s.version() == null ? Double.NaN : s.version()));
    }
  }

  private double ofSearch(ToDoubleFunction<SearchStatus> figure) {
    SearchStatus s = searchStatus();
    return s == null ? Double.NaN : figure.applyAsDouble(s);
  }

  private double releaseAge() {
    List<Status.Release> all = watch.releases();
    return all.isEmpty()
        ? Double.NaN
        : Duration.between(all.get(0).at(), clock.instant()).toMillis() / 1000.0;
  }

  private double gatePassed() {
    List<Status.Release> all = watch.releases();
    return all.isEmpty() ? Double.NaN : all.get(0).gate().equals(ReleaseManifest.PROMOTED) ? 1 : 0;
  }

  private double figure(ToDoubleFunction<LearnerStatus> of) {
    LearnerStatus s = learner.status();
    return s == null ? Double.NaN : of.applyAsDouble(s);
  }

  @Override
  public void close() {
    List<String> alive = endAll();
    if (!alive.isEmpty()) {
      log.warn("{} did not end within {} s", alive, END.toSeconds());
    }
    // Requests in progress are answered before the server goes.
    ServingFront f = front;
    if (f != null) {
      f.close();
    }
    Dashboard d = dashboard;
    if (d != null) {
      d.close();
    }
    exploring.close();
    fetching.close();
    meters.close();
    decoder.close();
    admin.close(Duration.ofSeconds(5));
  }
}
