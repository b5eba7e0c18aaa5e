package io.millrace.learner.loop;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.Fingerprint;
import io.millrace.learner.checkpoint.Sha256;
import io.millrace.learner.evaluate.FeatureExtractor;
import io.millrace.learner.evaluate.Features;
import io.millrace.learner.group.Shards;
import io.millrace.learner.method.AnnealedCopy;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.method.ServedNetwork;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.UpdateRollback;
import io.millrace.learner.method.Whitening;
import io.millrace.learner.monitor.CollapseGuard;
import io.millrace.learner.monitor.DriftSettings;
import io.millrace.learner.monitor.DriftWatch;
import io.millrace.learner.monitor.Monitors;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.WhiteningSettings;
import io.millrace.learner.replay.ReplayBuffer;
import io.millrace.learner.replay.ReplayEntry;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.OutputFeatures;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model being learned: everything a checkpoint holds, alive. Each call makes at most one update,
 * so that between any two calls the whole is a consistent value. No clock and no input or output
 * here.
 */
final class LearnerSession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LearnerSession.class);

  /** The metric that says how many updates the latest batch was given. */
  private static final String BUDGET = "updatesPerBatch";

  /** Images of a shard from which on its batch statistics are steady. */
  private static final int FEW = 32;

  private final LearnerParts parts;
  private final LearnerGroup group;
  private final MethodState state;
  private final ServedNetwork served;
  private final Monitors monitors;
  private final ProgressTracker tracker = new ProgressTracker();
  private final DrawnImages drawn;
  private ReplayBuffer replay;
  private ReplayMix mix;
  private FeedPosition position = FeedPosition.start();
  private final Map<String, Double> measured = new TreeMap<>();
  private final UpdateRollback before;
  private final CollapseGuard guard;
  private final DriftWatch watch;
  private boolean wantsRelease;

  /** The update after which the whitening was fitted; −1 where it is to be fitted anew. */
  private long whitenedStep = -1;

  private long learned;
  private long learnedFresh;
  private long updateNanos;
  private long exchangeNanos;

  /** The batch whose budget is not spent, where replay may not keep it; in no checkpoint. */
  private @Nullable PreparedBatch atHand;

  /**
   * @param group who computes which shards of an update
   * @param threads where kept images are decoded
   */
  LearnerSession(LearnerParts parts, LearnerGroup group, Executor threads) {
    this.parts = parts;
    this.group = group;
    this.drawn = new DrawnImages(parts.decoder(), threads, parts.settings().replay().maxSide());
    this.state = parts.method().initialize(parts.engine());
    int shards = parts.settings().shards();
    if (shards > 1) {
      state.distribute(group.shards(), group.collectives());
      int each = parts.settings().batchSize() / shards;
      if (each < FEW) {
        LOG.warn(
            "learner.shards is {}: batch statistics are those of {} images, {} or more are usual",
            shards,
            each,
            FEW);
      }
    }
    this.served = new ServedNetwork(parts.method(), state);
    this.monitors =
        new Monitors(
            parts.settings().monitor(), parts.engine(), new EvalView(parts.preprocessing()));
    this.replay = new ReplayBuffer(parts.settings().replay(), parts.settings().seed());
    this.mix = mix(replay);
    this.before = new UpdateRollback(state);
    this.watch = new DriftWatch(parts.settings().monitor().drift());
    this.guard =
        new CollapseGuard(parts.settings().monitor().guard(), dimension(parts.method(), state));
  }

  /** Length of the representation's vector; 1 where a method has no network of that name. */
  private static int dimension(Method method, MethodState state) {
    Network representation = state.networks().get(method.representation());
    return representation == null ? 1 : OutputFeatures.of(representation.spec());
  }

  /**
   * Goes on from a checkpoint.
   *
   * @throws IllegalStateException when it is of other settings
   */
  void restore(Checkpoint checkpoint) {
    Fingerprint now = fingerprint();
    now.requireSame(checkpoint.fingerprint(), checkpoint.name());
    if (!now.settings().equals(checkpoint.fingerprint().settings())) {
      LOG.info(
          "goes on under changed settings; those of {} were {}, they are {}",
          checkpoint.name(),
          checkpoint.fingerprint().settings(),
          now.settings());
    }
    if (checkpoint.lost() > 0) {
      LOG.error(
          "{} lacks {} kept images: replay goes on with {}, and fills again from the stream",
          checkpoint.name(),
          checkpoint.lost(),
          checkpoint.replay().size());
      parts.metrics().replayLost(checkpoint.lost());
    }
    state.restore(checkpoint.state());
    tracker.restore(checkpoint.progress());
    replay =
        ReplayBuffer.restore(
            parts.settings().replay(),
            parts.settings().seed(),
            checkpoint.replay(),
            checkpoint.offered());
    mix = mix(replay);
    monitors.restore(checkpoint.reference());
    position = checkpoint.position();
  }

  /** The session as a value. */
  Checkpoint checkpoint(long epoch, Instant now) {
    return new Checkpoint(
        new CheckpointName(epoch, tracker.step),
        now,
        fingerprint(),
        state.snapshot(),
        tracker.progress(),
        position,
        replay.entries(),
        replay.offered(),
        keepsImages() ? monitors.reference() : List.of());
  }

  private boolean keepsImages() {
    return parts.settings().replay().keepsImages();
  }

  /**
   * Consumes a batch of the stream: forgets what it says to forget, makes one update on its images
   * and offers them to replay ({@link ReplayMix}).
   *
   * @param lag images behind, which the batch's budget may depend on
   * @return null when it held no images, or the update was skipped
   */
  @Nullable StepReport consume(PreparedBatch batch, OptionalLong lag) {
    replay.forget(batch.forgotten());
    monitors.forget(batch.forgotten());
    parts.skipped().forget(batch.forgotten());
    tracker.consumed(batch);
    position = batch.next();
    if (batch.images().isEmpty()) {
      return null;
    }
    int most = parts.settings().updatesPerBatch();
    int updates = parts.settings().budget().updates(most, lag);
    StepReport report = mix.fresh(batch.images(), tracker.step, updates > 1, this::update);
    batch.images().forEach(image -> monitors.see(image.image()));
    tracker.pendingUpdates = updates - 1;
    tracker.shortened += updates < most ? 1 : 0;
    atHand = keepsImages() || tracker.pendingUpdates == 0 ? null : batch;
    measured.put(BUDGET, (double) updates);
    return report;
  }

  private ReplayMix mix(ReplayBuffer buffer) {
    return new ReplayMix(
        buffer,
        parts.settings().batchSize(),
        parts.settings().shards(),
        parts.engine(),
        new EvalView(parts.preprocessing()),
        () -> state.network(parts.method().representation()), // as updates report features
        drawn,
        parts.metrics()::replayLost);
  }

  /**
   * Whether the last batch's budget still has updates, and there are images for them: those of
   * replay, or where it keeps none the batch's own.
   */
  boolean hasPendingUpdates() {
    return tracker.pendingUpdates > 0 && (canReplay() || isMidBatch());
  }

  /** Whether the rest of a batch's budget is in memory alone, so that no checkpoint can keep it. */
  boolean isMidBatch() {
    return atHand != null;
  }

  /** Whether replay has enough images for an update. */
  boolean canReplay() {
    return mix.canReplay();
  }

  /**
   * Makes one update from replay alone, or without replay on the batch at hand; null when it was
   * skipped.
   */
  @Nullable StepReport replay() {
    boolean more = tracker.pendingUpdates != 1; // at 0 the stream keeps it waiting
    tracker.pendingUpdates = Math.max(0, tracker.pendingUpdates - 1);
    PreparedBatch batch = atHand;
    if (batch != null) {
      atHand = tracker.pendingUpdates == 0 ? null : batch;
      return mix.again(batch.images(), this::update);
    }
    return mix.replayed(tracker.step, more, this::update);
  }

  /**
   * One update.
   *
   * @param fresh how many of the images, from the first, come from the stream
   * @return null where its loss or gradient is not finite: it is skipped, and counted
   */
  private @Nullable StepReport update(List<IdentifiedImage> images, int fresh) {
    StepReport report;
    before.take();
    long started = System.nanoTime();
    long exchangedBefore = group.collectives().nanos();
    try {
      report = parts.method().step(new ImageBatch(tracker.step, ofOwnShards(images)), state);
    } catch (NonFiniteUpdateException e) {
      skip(images, e.getMessage());
      return null;
    } finally {
      updateNanos += System.nanoTime() - started;
      exchangeNanos += group.collectives().nanos() - exchangedBefore;
    }
    if (!Double.isFinite(report.loss())) {
      parts.metrics().diverged();
      throw new IllegalStateException(
          "the loss of update "
              + tracker.step
              + " is "
              + report.loss()
              + " (gradient norm "
              + report.gradientNorm()
              + ", rate "
              + report.learningRate()
              + "): learning stops, the latest checkpoint is from before");
    }
    tracker.updated(report);
    measured.putAll(report.metrics());
    measured.put("gradientNorm", report.gradientNorm());
    learnedFresh += fresh;
    learned += images.size();
    return withAllFeatures(report);
  }

  /** The report with the features of all images, where replay asks for them. */
  private StepReport withAllFeatures(StepReport report) {
    float[] own = report.features();
    if (own == null || group.shards().size() == 1 || !replay.wantsFeatures()) {
      return report;
    }
    var bytes = ByteBuffer.allocate(own.length * Float.BYTES);
    bytes.asFloatBuffer().put(own);
    List<byte[]> all = group.collectives().gather(bytes.array());
    var features = FloatBuffer.allocate(all.stream().mapToInt(b -> b.length / Float.BYTES).sum());
    all.forEach(b -> features.put(ByteBuffer.wrap(b).asFloatBuffer()));
    return report.with(features.array());
  }

  /** The images of an update that this process computes. */
  private List<IdentifiedImage> ofOwnShards(List<IdentifiedImage> images) {
    Shards own = group.shards();
    if (own.size() == 1) {
      return images;
    }
    int each = images.size() / own.count();
    return images.subList(own.from() * each, own.to() * each);
  }

  private void skip(List<IdentifiedImage> images, String why) {
    before.restore();
    LOG.warn("update {} is skipped: {}", tracker.step, why);
    parts.skipped().keep(tracker.step, images, keepsImages(), why);
    parts.metrics().skipped();
    tracker.skipped();
    measured.put("skippedUpdates", (double) tracker.skipped);
    int most = parts.settings().monitor().guard().maxSkipped();
    if (tracker.skippedInARow >= most) {
      throw new IllegalStateException(
          most + " updates in a row were skipped, the last because " + why + ": learning stops");
    }
  }

  /**
   * Computes the monitors, which {@link #monitored} is to be told. The share of fresh images is
   * that of the updates since they were last computed.
   */
  Map<String, Double> measure() {
    var computed = new TreeMap<>(monitors.metrics(parts.method(), state));
    computed.putAll(replay.health().metrics());
    if (learned > 0) {
      computed.put("replayFreshShare", (double) learnedFresh / learned);
      learned = 0;
      learnedFresh = 0;
    }
    Double updates = measured.get(BUDGET);
    if (updates != null) {
      computed.put(BUDGET, updates);
    }
    computed.put("shortenedBatches", (double) tracker.shortened);
    return computed;
  }

  /**
   * Takes note of computed monitors, and adds what follows from them: those of the leader in all
   * processes of a group, so that all find the same drift.
   */
  void monitored(Map<String, Double> computed) {
    guard.see(computed, tracker.progress().loss());
    tracker.unhealthy = !guard.healthy();
    seeDrift(computed);
    computed.put("drifts", (double) tracker.drifts);
    computed.put("collapsed", guard.collapsed() ? 1.0 : 0.0);
    measured.putAll(computed);
  }

  private void seeDrift(Map<String, Double> computed) {
    DriftSettings settings = parts.settings().monitor().drift();
    if (!watch.see(computed)) {
      return;
    }
    tracker.drifts++;
    LOG.info(
        "the stream has drifted: {} is over {}",
        computed.get(DriftWatch.DRIFT),
        settings.threshold());
    monitors.adoptWindow();
    state.happened(MethodState.DRIFTS);
    if (settings.rewarm()) {
      state.counter(MethodState.REWARMS, state.counter(MethodState.REWARMS) + 1);
    }
    wantsRelease |= settings.release();
  }

  /** Whether drift was found that a release is to follow. */
  boolean wantsRelease() {
    return wantsRelease;
  }

  /** A release was made, or held back: none is wanted any more. */
  void releaseDecided() {
    wantsRelease = false;
  }

  /** Notes that a model was released. */
  void released() {
    state.happened(MethodState.RELEASES);
    tracker.released();
  }

  /** Nanoseconds of updates without their exchanges. */
  long computeNanos() {
    return updateNanos - exchangeNanos;
  }

  /** Nanoseconds that updates have spent exchanging. */
  long exchangeNanos() {
    return exchangeNanos;
  }

  /** A checksum of all parameters. */
  String checksum() {
    var crc = new CRC32C();
    for (Network network : state.networks().values()) {
      float[] values = network.parameters().toFloats();
      var bytes = ByteBuffer.allocate(values.length * Float.BYTES);
      bytes.asFloatBuffer().put(values);
      crc.update(bytes);
    }
    return Long.toHexString(crc.getValue());
  }

  /** What watches the monitors for collapse. */
  CollapseGuard guard() {
    return guard;
  }

  /**
   * Goes back to the weights and the method's state of a checkpoint and lowers the rate; the place
   * in the stream, replay and the counts stay.
   */
  void rollBack(Checkpoint healthy) {
    whitenedStep = -1;
    state.restore(healthy.state());
    double factor =
        state.scalarOr(MethodState.RATE_FACTOR, 1)
            * parts.settings().monitor().guard().rateFactor();
    state.scalar(MethodState.RATE_FACTOR, factor);
    guard.reset();
    tracker.unhealthy = false;
  }

  /** Computes how far the network has moved from another's on the reference images. */
  void drift(Network before) {
    monitors.drift(representation(), before).ifPresent(drift -> measured.put("drift", drift));
  }

  /** Takes a metric that was computed elsewhere along to releases. */
  void metric(String name, double value) {
    measured.put(name, value);
  }

  /**
   * Looks at the model annealed on replay, as it is to be released. Meanwhile everything asked of
   * this session is of that copy, its metrics among them; afterwards weights, optimizer, method's
   * state, replay and metrics are what they were. Where nothing can be annealed yet, that is logged
   * and the model is as it learns.
   *
   * @param updates of the copy
   * @param givenUp asked before each update
   * @throws CancellationException where it is given up
   */
  <T> T asReleased(int updates, Supplier<T> look, BooleanSupplier givenUp) {
    int images = parts.settings().batchSize();
    if (replay.size() < images || !parts.method().mayAnneal(state, updates)) {
      LOG.info(
          "the release at step {} is not annealed: {}",
          tracker.step,
          replay.size() < images
              ? "replay has " + replay.size() + " of " + images + " images"
              : parts.method().name() + " is between two phases");
      return look.get();
    }
    var live = new TreeMap<>(measured);
    try {
      return AnnealedCopy.during(
          parts.method(),
          state,
          updates,
          i -> {
            if (givenUp.getAsBoolean()) {
              throw new CancellationException(
                  "given up after " + i + " of " + updates + " updates of its copy");
            }
            return new ImageBatch(
                tracker.step + i, ofOwnShards(ReplayMix.repeated(looks(images, i), images)));
          },
          () -> {
            whitenedStep = -1;
            measured.putAll(monitors.metrics(parts.method(), state));
            measured.put("annealedUpdates", (double) updates);
            return look.get();
          });
    } finally {
      whitenedStep = -1;
      measured.clear();
      measured.putAll(live);
    }
  }

  /** Fits the whitening to the weights as they are now, where they are others than last time. */
  private void whiten() {
    WhiteningSettings settings = parts.settings().release().whitening();
    if (!settings.enabled() || whitenedStep == tracker.step) {
      return;
    }
    served.whiten(null);
    List<IdentifiedImage> images = new ArrayList<>(monitors.reference());
    images.addAll(looks(Math.min(settings.images(), replay.size()), 0));
    if (images.size() < 2) {
      return; // before the first images nothing can be fitted
    }
    Features features =
        new FeatureExtractor(parts.engine(), new EvalView(parts.preprocessing()))
            .features(served.now(), IdentifiedImage.pixels(images));
    served.whiten(
        Whitening.fit(
            features.values(),
            features.rows(),
            features.dim(),
            settings.dimensions(),
            settings.epsilon()));
    whitenedStep = tracker.step;
  }

  /**
   * Images of replay, drawn without a trace: visits are of the learner's updates. Others stand in
   * for what does not decode, as long as there are any.
   */
  private List<IdentifiedImage> looks(int count, int update) {
    List<ReplayEntry> kept = replay.entries();
    int[] order =
        KeyedRandom.of(parts.settings().seed(), "release.anneal", tracker.step, update)
            .permutation(kept.size());
    var images = new ArrayList<IdentifiedImage>();
    for (int at = 0; at < order.length && images.size() < count; ) {
      int end = Math.min(order.length, at + count - images.size());
      List<ReplayEntry> next = Arrays.stream(order, at, end).mapToObj(kept::get).toList();
      images.addAll(drawn.pixels(next, new ArrayList<>()));
      at = end;
    }
    return images;
  }

  /**
   * This session as a release.
   *
   * @throws IllegalStateException when its features are not finite, so that no gate could check it
   */
  ReleaseDraft draft(long epoch) {
    for (String name : List.of("featureStd", "batchFeatureStd")) {
      Double std = measured.get(name);
      if (std != null && !Double.isFinite(std)) {
        throw new IllegalStateException(name + " is " + std + ": expected a number");
      }
    }
    var provenance = new TreeMap<>(parts.provenance());
    provenance.put("writerEpoch", Long.toString(epoch));
    provenance.put("replaySeed", Long.toString(parts.settings().seed()));
    Network representation = representation();
    if (!served.name().equals(parts.method().representation())) {
      provenance.put(ServedNetwork.WHOLE, parts.method().representation());
    }
    return new ReleaseDraft(
        parts.settings().model(),
        parts.method().name(),
        served.name(),
        OutputFeatures.of(representation.spec()),
        served.networks(),
        parts.method().releasedTensors(),
        served.release(),
        parts.engine().info(),
        parts.preprocessing(),
        position,
        tracker.step,
        tracker.applied,
        finite(measured),
        provenance);
  }

  private static Map<String, Double> finite(Map<String, Double> all) {
    var out = new TreeMap<>(all);
    out.values().removeIf(value -> !Double.isFinite(value));
    return out;
  }

  private Fingerprint fingerprint() {
    var fields = new TreeMap<String, String>();
    fields.put("model", parts.settings().model());
    fields.put("method", parts.method().name());
    fields.put("elements", parts.engine().dtype().toString());
    if (parts.settings().shards() > 1) { // checkpoints from before shards say nothing of them
      fields.put("shards", Integer.toString(parts.settings().shards()));
    }
    state
        .networks()
        .forEach(
            (name, network) ->
                fields.put(
                    "network " + name,
                    Sha256.of(network.layout().toString().getBytes(StandardCharsets.UTF_8))
                        .substring(0, 16)));
    fields.put("preprocessing", parts.preprocessing().fixed());
    fields.putAll(parts.method().fixedSettings());
    return new Fingerprint(fields, parts.method().settings());
  }

  /** The network that evaluation, embedding and export use. */
  Network representation() {
    whiten();
    return served.now();
  }

  ProgressTracker tracker() {
    return tracker;
  }

  ReplayBuffer buffer() {
    return replay;
  }

  FeedPosition position() {
    return position;
  }

  /** Latest metrics by name. */
  Map<String, Double> metrics() {
    return measured;
  }

  @Override
  public void close() {
    before.close();
    served.close();
    state.close();
  }
}
