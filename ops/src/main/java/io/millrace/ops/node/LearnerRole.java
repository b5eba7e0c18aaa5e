package io.millrace.ops.node;

import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.feed.KafkaImageFeed;
import io.millrace.ingest.feed.NoAnswerException;
import io.millrace.ingest.stream.ImageTracer;
import io.millrace.ingest.stream.Topics;
import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.checkpoint.UploadListener;
import io.millrace.learner.checkpoint.WriterLease;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.GroupAddress;
import io.millrace.learner.group.GroupBackend;
import io.millrace.learner.group.Groups;
import io.millrace.learner.group.Shards;
import io.millrace.learner.loop.LearnerGroup;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.loop.LearnerLoop;
import io.millrace.learner.loop.LearnerMetrics;
import io.millrace.learner.loop.LearnerParts;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.loop.SkippedBatchFiles;
import io.millrace.learner.loop.SkippedBatches;
import io.millrace.learner.membership.GroupRunner;
import io.millrace.learner.membership.GroupSettings;
import io.millrace.learner.membership.GroupView;
import io.millrace.learner.method.registry.MethodConfig;
import io.millrace.learner.release.KafkaGroupLog;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.KafkaWriterLease;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.Engines;
import io.millrace.ops.config.BuildVersion;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.objects.Storage;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** The learner put together: Kafka feed, engine, method, checkpoints, releases. */
final class LearnerRole implements Role {
  private final MillraceConfig config;
  private final @Nullable ProbeImages probe;
  private final ImageDecoder decoder;
  private final ImageTracer tracer;
  private final LearnerMetrics metrics;
  private final LearnerListener listener;
  private final InstantSource clock;
  private final Map<String, Object> clients;
  private final Storage storage;
  private final AtomicReference<@Nullable LearnerLoop> loop = new AtomicReference<>();
  private final AtomicReference<@Nullable EngineInfo> engineInfo = new AtomicReference<>();
  private final AtomicReference<@Nullable GroupRunner> runner = new AtomicReference<>();
  private final AtomicBoolean stopAsked = new AtomicBoolean();

  LearnerRole(
      MillraceConfig config,
      @Nullable ProbeImages probe,
      ImageDecoder decoder,
      ImageTracer tracer,
      LearnerMetrics metrics,
      LearnerListener listener,
      InstantSource clock,
      Map<String, Object> clients,
      Storage storage) {
    this.config = config;
    this.probe = probe;
    this.decoder = decoder;
    this.tracer = tracer;
    this.metrics = metrics;
    this.listener = listener;
    this.clock = clock;
    this.clients = clients;
    this.storage = storage;
  }

  @Override
  public String name() {
    return "learner";
  }

  /** Where the learner is; null before it is put together. */
  @Nullable LearnerStatus status() {
    LearnerLoop l = loop.get();
    return l == null ? null : l.status();
  }

  /** Why the latest checkpoint could not be saved; null while saving works. */
  @Nullable String saveFailure() {
    LearnerLoop l = loop.get();
    return l == null ? null : l.saveFailure();
  }

  /** The engine; null before it is open. */
  @Nullable EngineInfo engine() {
    return engineInfo.get();
  }

  @Override
  public void stop() {
    stopAsked.set(true);
    LearnerLoop l = loop.get();
    if (l != null) {
      l.requestStop();
    }
    GroupRunner r = runner.get();
    if (r != null) {
      r.requestStop();
    }
  }

  /** Who learns with this process; null where it learns by itself. */
  @Nullable GroupView group() {
    GroupRunner r = runner.get();
    return r == null ? null : r.view();
  }

  /** On the learner's thread, which alone touches the engine. */
  @Override
  public void run() throws Exception {
    try (Engine engine = Engines.open(config.engine().name(), config.engine().options())) {
      engineInfo.set(engine.info());
      if (config.learner().group().isOn()) {
        inGroups(engine);
      } else {
        learn(engine, lease(), LearnerGroup.alone(config.learner().shards()), l -> {});
      }
    }
  }

  private KafkaWriterLease lease() {
    return new KafkaWriterLease(
        clients, config.topicNames().learnerLease(), config.learner().model(), clock);
  }

  private void inGroups(Engine engine) throws Exception {
    Topics topics = config.topicNames();
    int shards = config.learner().shards();
    GroupSettings settings = config.learner().group().of(shards);
    GroupBackend backend =
        settings.isOn() ? Groups.backend(engine, settings.backend()) : settings.backend();
    var r =
        new GroupRunner(
            settings,
            GroupIdentity.of(config, engine.info(), backend, clock),
            KafkaGroupLog.open(clients, topics.learnerMembers(), topics.learnerLease(), settings),
            this::lease,
            this::highestEpoch,
            config.rendezvousDir(),
            (generation, rank, lease, control) -> {
              var address =
                  new GroupAddress(
                      config.rendezvousDir(),
                      config.learner().model(),
                      generation.epoch(),
                      rank,
                      generation.members().size(),
                      settings.collective(),
                      backend);
              try (Collectives collectives = Groups.join(engine, address)) {
                var group =
                    new LearnerGroup(
                        new Shards(shards, collectives.size(), rank),
                        collectives,
                        (step, compute, wait) -> {
                          control.requireInForce();
                          control.worked(step, compute, wait);
                        });
                learn(engine, lease, group, l -> control.whenOver(l::requestEnd));
              } catch (KafkaException | NoAnswerException e) {
                throw new IOException("Kafka: " + e.getMessage(), e); // may be over by itself
              }
            },
            view -> {});
    runner.set(r);
    if (stopAsked.get()) {
      r.requestStop();
    }
    r.run();
  }

  private CheckpointStore checkpoints() throws IOException {
    return new CheckpointStore(
        config.checkpointsDir(),
        config.learner().checkpoint().keep(),
        DurableFiles.real(),
        storage.checkpoints(),
        new UploadListener() {
          @Override
          public void uploaded(CheckpointName name, long nanos) {
            metrics.checkpointUploaded(nanos);
          }

          @Override
          public void failed() {
            metrics.checkpointUploadFailed();
          }
        });
  }

  private long highestEpoch() throws IOException {
    try (CheckpointStore checkpoints = checkpoints()) {
      return checkpoints.highestEpoch();
    }
  }

  /**
   * Learns until it is asked to stop. Only the leader of a group releases, probes and keeps skipped
   * batches.
   *
   * @param group who computes with it
   * @param begins told before it begins
   */
  private void learn(
      Engine engine, WriterLease lease, LearnerGroup group, Consumer<LearnerLoop> begins)
      throws IOException {
    Topics topics = config.topicNames();
    boolean leads = group.collectives().leads();
    try (KafkaReleaseLog log = new KafkaReleaseLog(clients, topics.modelReleases());
        CheckpointStore checkpoints = checkpoints()) {
      var parts =
          new LearnerParts(
              config.learner(),
              engine,
              config.newMethod(),
              config.preprocessing(),
              KafkaImageFeed.open(
                  topics.imagesAccepted(), topics.learnerGroup(), clients, config.feed(), tracer),
              decoder::decode,
              checkpoints,
              lease,
              leads ? publisher(log) : null,
              leads ? probe : null,
              leads
                  ? new SkippedBatchFiles(config.checkpointsDir().resolveSibling("skipped"))
                  : SkippedBatches.NONE,
              provenance(engine.info()),
              metrics,
              listener,
              clock);
      var l = new LearnerLoop(parts, group);
      loop.set(l);
      begins.accept(l);
      if (stopAsked.get()) {
        l.requestStop();
      }
      l.run();
    }
  }

  private ReleasePublisher publisher(KafkaReleaseLog log) {
    return new ReleasePublisher(
            log,
            config.releasesDir(),
            DurableFiles.real(),
            clock,
            config.learner().release().gate(),
            config.learner().release().keep())
        .withObjects(storage.releases());
  }

  private Map<String, String> provenance(EngineInfo engine) {
    var out = new TreeMap<String, String>();
    out.put("build", BuildVersion.number());
    out.put("java", System.getProperty("java.version", ""));
    out.put("device", engine.deviceName());
    out.put("seed", Long.toString(config.model().seed()));
    Record settings = Objects.requireNonNull(config.methods().get(config.method()));
    out.put(MethodConfig.KEY, new MethodConfig(config.method(), config.model(), settings).toJson());
    return out;
  }
}
