package io.millrace.ops.node;

import io.javalin.config.JavalinConfig;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.stream.ImageTracer;
import io.millrace.ingest.stream.Propagation;
import io.millrace.ingest.stream.Topics;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.loop.LearnerState;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.release.ModelClaim;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.ops.config.ConfigParameters;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.config.UserError;
import io.millrace.ops.dashboard.Dashboard;
import io.millrace.ops.dashboard.DashboardContext;
import io.millrace.ops.dashboard.DashboardState;
import io.millrace.ops.dashboard.Status;
import io.millrace.ops.explore.EmbeddingSample;
import io.millrace.ops.explore.FetchPictures;
import io.millrace.ops.explore.FollowEmbeddings;
import io.millrace.ops.explore.RecentEmbeddings;
import io.millrace.ops.explore.StreamExplorer;
import io.millrace.ops.health.Health;
import io.millrace.ops.metrics.Meter;
import io.millrace.ops.metrics.MeteredApi;
import io.millrace.ops.metrics.MeteredIngest;
import io.millrace.ops.metrics.MeteredLearner;
import io.millrace.ops.metrics.MeteredServing;
import io.millrace.ops.metrics.MeteredTracking;
import io.millrace.ops.metrics.Meters;
import io.millrace.ops.objects.Storage;
import io.millrace.ops.terminal.Undone;
import io.millrace.ops.tracing.OtelTracer;
import io.millrace.ops.tracking.MlflowTracker;
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
import java.util.StringJoiner;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process: any of the roles against one cluster, with meters, health and the live page around
 * them. {@link #tick} each second keeps status and history going.
 */
public final class Node implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Node.class);

  /** For the learner's last checkpoint and all that comes after it, together. */
  private static final Duration END = Duration.ofSeconds(60);

  private final MillraceConfig config;
  private final Set<RoleName> roles;
  private final Clock clock;
  private final Topics topics;
  private final Meters meters;
  private final Health health;
  private final ImageDecoder decoder;
  private final Admin admin;
  private final ConsumerLag lag;
  private final StartupChecks startupChecks;
  private final Map<String, Object> clients;
  private final DashboardState dashboardState;
  private final StreamWatch watch;
  private final RecentEmbeddings embeddings = new RecentEmbeddings(3000);
  private final EmbeddingSample sample;
  private final Storage storage;
  private final FetchPictures fetching;
  private final StreamExplorer explorer;
  private final @Nullable OtelTracer tracer;
  private final IngestRole ingest;
  private final LearnerRole learner;
  private final ServingRole serving;
  private final DecodeGuard decodeGuard = new DecodeGuard();
  private final Roles running;
  private final NodeStatus status;
  private final NodeGauges gauges;
  private final MeteredTracking tracking;
  private final Undone undone;
  private @Nullable Dashboard dashboard;
  private @Nullable MlflowTracker tracker;
  private volatile @Nullable ServingFront front;

  /**
   * @param probe held-out labeled images for the learner's kNN metric; null without any
   * @param listener is told what the learner does
   */
  public Node(
      MillraceConfig config,
      Set<RoleName> roles,
      @Nullable ProbeImages probe,
      LearnerListener listener,
      Clock clock) {
    this.config = config;
    this.running = new Roles(failure -> DeniedAccess.text(failure, config.kafka()));
    this.roles = EnumSet.copyOf(roles);
    this.clock = clock;
    Instant startedAt = clock.instant();
    this.topics = config.topicNames();
    this.meters = new Meters(config.metrics());
    this.clients = meters.metered(config.kafka().clients());
    this.decoder = new ImageDecoder(config.decode(), decodeGuard);
    this.admin = Clients.admin(config.kafka());
    this.startupChecks = new StartupChecks(config, this::admin);
    this.lag = new ConsumerLag(admin, topics, meters);
    this.dashboardState =
        new DashboardState(NodeStatus.first(RoleName.list(this.roles), startedAt));
    this.watch =
        new StreamWatch(
            clients, topics, config.learner().model(), decoder, dashboardState.images());
    this.storage = new Storage(config);
    this.tracer = config.tracing().otlpUrl().isEmpty() ? null : new OtelTracer(config.tracing());
    ImageTracer spans = tracer == null ? ImageTracer.OFF : tracer;
    this.ingest =
        new IngestRole(config, decoder, spans, new MeteredIngest(meters), meters, storage);
    this.learner =
        new LearnerRole(
            config,
            probe,
            decoder,
            spans,
            new MeteredLearner(meters),
            new LoggedSteps(listener),
            clock,
            clients,
            storage);
    this.serving =
        new ServingRole(
            config,
            decoder,
            new Propagation(config.ingest().propagated(), spans),
            new MeteredServing(meters),
            clock,
            clients,
            storage);
    this.fetching =
        new FetchPictures(
            topics.imagesAccepted(),
            () -> Clients.picker(clients, "millrace-watch-neighbors"),
            decoder,
            dashboardState.images());
    this.sample = new EmbeddingSample(config.http().mapImages());
    this.explorer =
        new StreamExplorer(
            dashboardState.images(),
            sample,
            embeddings,
            this::searchedIndex,
            fetching,
            Objects.requireNonNull(config.methods().get(config.method())),
            config.preprocessing(),
            config.model().seed(),
            storage.reader(),
            watch::newest,
            watch::release,
            () -> Engines.open(config.engine().name(), EngineOptions.cpu(Precision.FLOAT32)),
            clock);
    var parts =
        new NodeParts(
            config,
            this.roles,
            clock,
            meters,
            decoder,
            lag,
            watch,
            ingest,
            learner,
            serving,
            this::searchStatus,
            () -> front,
            running);
    this.health = NodeHealth.of(parts, startupChecks);
    this.status = new NodeStatus(parts, health, startedAt);
    this.gauges = new NodeGauges(parts);
    this.tracking = new MeteredTracking(meters);
    this.undone = Undone.unlessClosed(this::undone);
  }

  /**
   * Starts HTTP, then the roles.
   *
   * @throws IllegalStateException with a message for the user when topics are missing or the port
   *     is taken
   */
  public void start() {
    makeDataFolder();
    dashboardState.keepHistory(
        config.dataDir(), RoleName.list(roles), InstanceName.of(config, roles), clock.instant());
    startupChecks.require(roles);
    if (roles.contains(RoleName.LEARNER) || roles.contains(RoleName.SERVING)) {
      claimPrefix();
    }
    HttpAccess.warnings(config).forEach(log::warn);
    AccessToken token = HttpAccess.needsToken(config, roles) ? HttpAccess.token(config) : null;
    ServingFront answering = null;
    if (token != null && roles.contains(RoleName.SERVING)) {
      answering =
          new ServingFront(
              config, token, clients, storage, this::liveVersion, new MeteredApi(meters), clock);
      front = answering;
    }
    if (config.http().enabled()) {
      dashboard = Dashboard.start(config.http(), page(token, answering));
    }
    running.start(decodeGuard);
    running.start(new ClockGuard(clock, System::nanoTime));
    running.start(watch);
    running.start(
        new EmbeddingWatch(
            new FollowEmbeddings(
                topics.embeddings(), embeddings, sample, dashboardState.images(), watch::serves),
            clients));
    if (roles.contains(RoleName.INGEST)) {
      running.start(ingest);
    }
    if (roles.contains(RoleName.LEARNER)) {
      running.start(learner);
      if (config.mlflow().isOn()) {
        tracker =
            new MlflowTracker(
                    config.mlflow(),
                    System.getenv(),
                    config.learner().model(),
                    ConfigParameters.of(config),
                    watch::tracked,
                    tracking,
                    clock)
                .start();
      }
    }
    if (roles.contains(RoleName.SERVING)) {
      running.start(serving);
    }
    if (answering != null) {
      answering.start(running);
    }
    status.phase("running");
  }

  private void makeDataFolder() {
    try {
      DataFolder.make(config.dataDir());
    } catch (IOException e) {
      throw new UserError(
          config.dataDir() + " (dataDir) can't be made: " + DataFolder.reason(e), e);
    }
  }

  private void claimPrefix() {
    try {
      ModelClaim.claim(config.kafka().clients(), topics.learnerLease(), config.learner().model());
    } catch (IllegalStateException e) {
      throw new UserError(String.valueOf(e.getMessage()), e);
    }
  }

  private DashboardContext page(@Nullable AccessToken token, @Nullable ServingFront answering) {
    var more = new ArrayList<java.util.function.Consumer<JavalinConfig>>();
    more.add(HttpAccess.control(config, token)::register);
    if (answering != null) {
      more.add(answering::register);
    }
    return new DashboardContext(
        dashboardState,
        health,
        meters::scrape,
        (method, route, status, nanos) ->
            meters.time(Meter.HTTP_TIME, nanos, method, route, Integer.toString(status)),
        explorer,
        more);
  }

  /** Where the page is; empty without HTTP. */
  public String address() {
    Dashboard d = dashboard;
    return d == null
        ? ""
        : config.http().scheme() + "://" + config.http().host() + ":" + d.port() + "/";
  }

  /** Takes a look around: status, history, page. */
  public Status tick() {
    Status now = status.look();
    gauges.update(now);
    dashboardState.update(now);
    track();
    return now;
  }

  private void track() {
    MlflowTracker t = tracker;
    LearnerStatus learned = learner.status();
    if (t != null && learned != null) {
      t.offer(learned);
    }
  }

  public void phase(String now) {
    status.phase(now);
  }

  public void endsAt(Instant at) {
    status.endsAt(at);
  }

  /** Says how many images there are to publish, where this process publishes a finite source. */
  public void publishTotal(long total) {
    status.publishTotal(total);
  }

  public Meters meters() {
    return meters;
  }

  /** Records that ingest and learner have to consume. */
  public OptionalLong learningLag() {
    return lag.all();
  }

  /** Raw images that ingest has not validated; empty when the cluster does not say now. */
  public OptionalLong ingestLag() {
    return lag.ofIngest();
  }

  /** Settings of Kafka clients whose meters are ours. */
  public Map<String, Object> clients() {
    return clients;
  }

  public StreamWatch watch() {
    return watch;
  }

  @Nullable
  public LearnerStatus learnerStatus() {
    return learner.status();
  }

  @Nullable
  public EngineInfo engine() {
    return learner.engine();
  }

  @Nullable
  public ServingStatus servingStatus() {
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
  @Nullable
  public RoleThread failed() {
    return running.failed();
  }

  /** Asks one role to end and waits for it; returns whether it has. */
  public boolean end(RoleName name, Duration most) {
    return running.end(name.word(), most);
  }

  /**
   * Asks everything to end, the learner first so that its checkpoint is made while all is there.
   *
   * @param meanwhile called now and then while the roles end, such as to show {@link #tick}
   * @throws UserError when a part failed, perhaps at its last checkpoint, or did not end
   */
  public void end(Runnable meanwhile) {
    phase("draining");
    endsAt(clock.instant().plus(END));
    List<String> alive = endAll(meanwhile);
    requireWell();
    if (!alive.isEmpty()) {
      throw new UserError(
          String.join(", ", alive)
              + " did not end within "
              + END.toSeconds()
              + " s: the next start goes on from the checkpoint before");
    }
    phase("done");
  }

  /** Asks everything to end, as {@link #end(Runnable)} does. */
  public void end() {
    end(() -> {});
  }

  /**
   * Says why not all is well.
   *
   * @throws UserError when a role failed
   */
  public void requireWell() {
    running.requireWell();
  }

  private List<String> endAll(Runnable meanwhile) {
    return running.endAll(
        List.of(RoleName.LEARNER.word(), RoleName.SERVING.word(), RoleName.INGEST.word()),
        END,
        meanwhile);
  }

  /** What roles that still run leave undone where the process ends now. */
  private String undone() {
    var out = new StringJoiner("; ");
    List<String> alive = running.alive();
    LearnerStatus learned = learner.status();
    boolean isSaved = learned == null || learned.state() == LearnerState.CLOSED;
    if (alive.contains(RoleName.LEARNER.word()) && !isSaved) {
      out.add("the last checkpoint is not written, the next start goes on from the one before it");
    }
    if (alive.contains(RoleName.INGEST.word()) || alive.contains(RoleName.SERVING.word())) {
      out.add("the broker waits out sessions and transactions that ingest and serving left open");
    }
    return out.toString();
  }

  @Override
  public void close() {
    List<String> alive = endAll(() -> {});
    if (!alive.isEmpty()) {
      log.warn("{} did not end within {} s", alive, END.toSeconds());
    }
    track();
    MlflowTracker t = tracker;
    if (t != null) {
      t.close();
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
    dashboardState.saveHistory();
    explorer.close();
    storage.close();
    fetching.close();
    if (tracer != null) {
      tracer.close();
    }
    meters.close();
    decoder.close();
    admin.close(Duration.ofSeconds(5));
    undone.close();
  }
}
