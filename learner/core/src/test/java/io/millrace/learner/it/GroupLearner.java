package io.millrace.learner.it;

import io.millrace.ingest.feed.FeedSettings;
import io.millrace.ingest.feed.KafkaImageFeed;
import io.millrace.ingest.stream.Topics;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.WriterLease;
import io.millrace.learner.group.GroupBackend;
import io.millrace.learner.loop.LearnerLoop;
import io.millrace.learner.membership.GroupRunner;
import io.millrace.learner.membership.GroupSettings;
import io.millrace.learner.membership.GroupWork;
import io.millrace.learner.membership.Identity;
import io.millrace.learner.release.KafkaGroupLog;
import io.millrace.learner.release.KafkaWriterLease;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A learner process that is one of several. The leader learns, with the ledger of {@link
 * LedgerLearner}; the others stand by, as there are no tensors to exchange: membership, lease,
 * checkpoints and feed are the real thing.
 */
public final class GroupLearner {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Map<String, Object> client;
  private final Topics topics;
  private final Path store;
  private final long images;
  private final AtomicReference<GroupRunner> runner = new AtomicReference<>();

  private GroupLearner(String servers, String prefix, String store, String images) {
    this.client = Map.of("bootstrap.servers", servers);
    this.topics = new Topics(prefix);
    this.store = Path.of(store);
    this.images = Long.parseLong(images);
  }

  /** Arguments: servers, topic prefix, checkpoints, images to consume, name, timeout in ms. */
  public static void main(String[] args) throws Exception {
    new GroupLearner(args[0], args[1], args[2], args[3])
        .run(args[4], Duration.ofMillis(Long.parseLong(args[5])));
  }

  private void run(String name, Duration timeout) throws Exception {
    var settings = new GroupSettings(1, 3, timeout, "", "", GroupBackend.GLOO);
    var all =
        new GroupRunner(
            settings,
            new Identity(LedgerLearner.MODEL, name, 4, "same", InstantSource.system()),
            KafkaGroupLog.open(client, topics.learnerMembers(), topics.learnerLease(), settings),
            () ->
                new KafkaWriterLease(
                    client, topics.learnerLease(), LedgerLearner.MODEL, InstantSource.system()),
            () -> CheckpointStore.open(store, 3).highestEpoch(),
            settings.rendezvous(store),
            this::work,
            view -> {});
    runner.set(all);
    all.run();
  }

  private void work(Generation generation, int rank, WriterLease lease, GroupWork.Control control)
      throws Exception {
    if (rank > 0) {
      while (!control.endsInOrder()) {
        control.requireInForce();
        LockSupport.parkNanos(LOOK_NANOS);
      }
      return;
    }
    LearnerLoop loop =
        LedgerLearner.learner(
            KafkaImageFeed.open(
                topics.imagesAccepted(), topics.learnerGroup(), client, FeedSettings.defaults()),
            store,
            lease);
    CompletableFuture<Void> run = CompletableFuture.runAsync(loop::run);
    while (!run.isDone()) {
      var now = loop.status();
      control.worked(now.step(), 1, 0);
      if (now.caughtUpTo() != null && now.counters().applied() >= images) {
        runner.get().requestStop();
      }
      if (control.endsInOrder()) {
        loop.requestStop();
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    try {
      run.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
