package io.millrace.learner.it;

import static org.awaitility.Awaitility.await;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.FeedSettings;
import io.millrace.ingest.feed.ImageFeed;
import io.millrace.ingest.feed.KafkaImageFeed;
import io.millrace.ingest.stream.Topics;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.CheckpointSettings;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.WriterLease;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.learner.loop.Idle;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.loop.LearnerLoop;
import io.millrace.learner.loop.LearnerMetrics;
import io.millrace.learner.loop.LearnerParts;
import io.millrace.learner.loop.LearnerSettings;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.GateSettings;
import io.millrace.learner.release.KafkaWriterLease;
import io.millrace.learner.release.ReleaseSettings;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.Precision;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A learner process whose method keeps a ledger: how often each image came to it. Everything else
 * is the real thing. It ends when it has consumed a number of images.
 */
public final class LedgerLearner {
  static final String MODEL = "ledger";
  static final String SEEN = "seen.";
  private static final long UPDATE_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

  private LedgerLearner() {}

  /** Arguments: bootstrap servers, topic prefix, checkpoint directory, images to consume. */
  public static void main(String[] args) throws IOException {
    Map<String, Object> client = Map.of("bootstrap.servers", args[0]);
    var topics = new Topics(args[1]);
    long images = Long.parseLong(args[3]);
    KafkaImageFeed feed =
        KafkaImageFeed.open(
            topics.imagesAccepted(), topics.learnerGroup(), client, FeedSettings.defaults());
    LearnerLoop loop = learner(client, topics, feed, Path.of(args[2]));
    CompletableFuture<Void> run = CompletableFuture.runAsync(loop::run);
    await()
        .forever()
        .until(
            () -> {
              LearnerStatus now = loop.status();
              return run.isDone()
                  || (now.caughtUpTo() != null && now.counters().applied() >= images);
            });
    loop.requestStop();
    run.join();
  }

  /** A learner on a feed; all but its method and its engine is the real thing. */
  static LearnerLoop learner(Map<String, Object> client, Topics topics, ImageFeed feed, Path store)
      throws IOException {
    return learner(
        feed,
        store,
        new KafkaWriterLease(client, topics.learnerLease(), MODEL, InstantSource.system()));
  }

  /** The same under a lease. */
  static LearnerLoop learner(ImageFeed feed, Path store, WriterLease lease) throws IOException {
    LearnerSettings d = LearnerSettings.defaults();
    var settings =
        new LearnerSettings(
            MODEL,
            1,
            8,
            1,
            Idle.REST,
            Duration.ofMillis(100),
            2,
            2,
            new ReplaySettings(ReplaySettings.Policy.RESERVOIR, 50, 1, 16),
            new CheckpointSettings(2, 0, 3),
            new ReleaseSettings(0, 0, 0, false, GateSettings.defaults()),
            new MonitorSettings(0, 10, 10),
            new ProbeSettings(0, 1, 1, 1));
    return new LearnerLoop(
        new LearnerParts(
            settings,
            engine(),
            new Ledger(),
            Preprocessing.defaults(),
            feed,
            bytes -> new DecodeOutcome.Decoded(new PixelImage(1, 1, new byte[3])),
            CheckpointStore.open(store, d.checkpoint().keep()),
            lease,
            null,
            null,
            Map.of(),
            LearnerMetrics.NONE,
            LearnerListener.NONE,
            InstantSource.system()));
  }

  private static Engine engine() {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getName().equals("info")) {
            return new EngineInfo("none", "0", "cpu", "none", Precision.FLOAT32, 1, "none");
          }
          if (method.getName().equals("scope")) {
            return null; // nothing is made that a scope would hold
          }
          if (method.isDefault()) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
          }
          throw new UnsupportedOperationException(method.getName());
        };
    return (Engine)
        Proxy.newProxyInstance(
            LedgerLearner.class.getClassLoader(), new Class<?>[] {Engine.class}, handler);
  }

  private static final class Ledger implements Method {
    @Override
    public String name() {
      return "ledger";
    }

    @Override
    public MethodState initialize(Engine engine) {
      return new MethodState(engine);
    }

    @Override
    public StepReport step(ImageBatch batch, MethodState state) {
      batch.ids().forEach(id -> state.counter(SEEN + id, state.counter(SEEN + id) + 1));
      LockSupport.parkNanos(UPDATE_NANOS); // what a network would take: time to be killed in
      return new StepReport(1, 2, 1, 0.1, Double.NaN, batch.size(), Map.of(), Map.of());
    }

    @Override
    public String representation() {
      return "none";
    }
  }
}
