package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.feed.ImageFeed;
import io.millrace.ingest.feed.MemoryImageFeed;
import io.millrace.ingest.objects.ObjectPlace;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.CheckpointObjects;
import io.millrace.learner.checkpoint.CheckpointSettings;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.CrashingFiles;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.MemoryLeases;
import io.millrace.learner.checkpoint.MemoryObjects;
import io.millrace.learner.checkpoint.UploadListener;
import io.millrace.learner.checkpoint.WriterLease;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.ReleaseSettings;
import io.millrace.learner.replay.ReplayEntry;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.testing.StopAtTheEnd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class LearnerLoopTest {
  private static final Lineage ANY = new Lineage(999, List.of());

  @TempDir Path directory;
  private MemoryLeases leases = new MemoryLeases();

  private static LearnerSettings settings(int updatesPerBatch, Idle idle, int checkpointEvery) {
    return new LearnerSettings(
        "m",
        5,
        4,
        updatesPerBatch,
        idle,
        Duration.ofMillis(1),
        2,
        2,
        new ReplaySettings(ReplaySettings.Policy.RESERVOIR, 9, 1, 16),
        new CheckpointSettings(checkpointEvery, 0, 3, true),
        ReleaseSettings.defaults(),
        new MonitorSettings(0, 6, 6),
        ProbeSettings.defaults());
  }

  /** 42 images in two partitions, a duplicate, two tombstones and one that does not decode. */
  private static MemoryImageFeed log() {
    var feed = new MemoryImageFeed(2, 1000);
    for (int i = 0; i < 42; i++) {
      feed.append(i % 3 == 0 ? 1 : 0, "i" + i, ("image " + i).getBytes(StandardCharsets.UTF_8));
    }
    feed.append("again", "image 7".getBytes(StandardCharsets.UTF_8));
    feed.forget("i3");
    feed.forget("i5");
    feed.append("broken", "broken".getBytes(StandardCharsets.UTF_8));
    feed.append("last", "the last".getBytes(StandardCharsets.UTF_8));
    return feed;
  }

  private static DecodeOutcome decode(byte[] bytes) {
    if (new String(bytes, StandardCharsets.UTF_8).equals("broken")) {
      return new DecodeOutcome.Rejected(RejectionReason.CORRUPT, "it says so");
    }
    byte[] rgb = new byte[6 * 6 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (bytes[i % bytes.length] * 31 + i);
    }
    return new DecodeOutcome.Decoded(new PixelImage(6, 6, rgb));
  }

  /** A learner whose listener can reach it. */
  private class Run implements LearnerListener {
    final List<Long> steps = new ArrayList<>();
    final AtomicReference<@Nullable LearnerLoop> loop = new AtomicReference<>();
    private final long stopAt;
    boolean stopsAtTheEnd = true;
    Consumer<Long> atStep = step -> {};
    SkippedBatches skipped = SkippedBatches.NONE;
    @Nullable MemoryObjects objects;

    Run(long stopAt) {
      this.stopAt = stopAt;
    }

    @Override
    public void updated(long step, StepReport report) {
      steps.add(step);
      atStep.accept(step);
      if (step == stopAt) {
        stop();
      }
    }

    void stop() {
      LearnerLoop l = loop.get();
      if (l != null) {
        l.requestStop();
      }
    }

    LearnerStatus run(
        Path store,
        LearnerSettings settings,
        MemoryImageFeed feed,
        Method method,
        DurableFiles files)
        throws IOException {
      var made =
          new LearnerLoop(
              new LearnerParts(
                  settings,
                  new NoArithmetic(),
                  method,
                  Preprocessing.defaults(),
                  feed,
                  LearnerLoopTest::decode,
                  checkpoints(store, files),
                  leases.lease("m"),
                  null,
                  null,
                  skipped,
                  Map.of(),
                  LearnerMetrics.NONE,
                  this,
                  InstantSource.system()));
      loop.set(made);
      if (stopsAtTheEnd) {
        try (var end = new StopAtTheEnd(made)) {
          made.run();
        }
      } else {
        made.run();
      }
      return made.status();
    }

    private CheckpointStore checkpoints(Path store, DurableFiles files) throws IOException {
      MemoryObjects besides = objects;
      return besides == null
          ? new CheckpointStore(store, 3, files)
          : new CheckpointStore(
              store,
              3,
              files,
              new CheckpointObjects(besides, new ObjectPlace("bucket", "m/"), 3),
              UploadListener.NONE);
    }

    Run besides(MemoryObjects store) {
      objects = store;
      return this;
    }

    LearnerStatus run(Path store, LearnerSettings settings, MemoryImageFeed feed)
        throws IOException {
      return run(store, settings, feed, new ChainMethod(), DurableFiles.real());
    }
  }

  @Test
  void anEmptyFolderUnderAModelThatHasLearnedIsRefusedUnlessTold() throws IOException {
    Path empty = directory.resolve("empty");
    LearnerStatus learned =
        new Run(-1).run(directory.resolve("full"), settings(1, Idle.REST, 0), log());
    LearnerSettings refusing = beginningAnew(false);
    assertThatThrownBy(() -> new Run(-1).run(empty, refusing, log()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("there is no checkpoint in " + empty)
        .hasMessageContaining("step " + learned.step())
        .hasMessageContaining("--begin-anew");
    assertThat(leases.lease("m").look().epoch()).as("nobody was stopped").isEqualTo(1);
    assertThat(new Run(-1).run(empty, beginningAnew(true), log()).state())
        .isEqualTo(LearnerState.CLOSED);
    // From now on the model is the one that began anew.
    assertThat(new Run(-1).run(empty, refusing, log()).state()).isEqualTo(LearnerState.CLOSED);
  }

  @Test
  void aLearnerThatLostItsFolderEndsAsOneNeverStopped() throws IOException {
    LearnerSettings settings = beginningAnew(false);
    new Run(-1).run(directory.resolve("straight"), settings, log());
    List<Object> expected = facts(saved(directory.resolve("straight")));
    for (int stop : List.of(1, 4, 10)) {
      leases = new MemoryLeases();
      var objects = new MemoryObjects();
      new Run(stop).besides(objects).run(directory.resolve("lost" + stop), settings, log());
      Path another = directory.resolve("another" + stop);
      new Run(-1).besides(objects).run(another, settings, log());
      assertThat(facts(saved(another))).as("stopped at %d", stop).isEqualTo(expected);
      assertThat(CheckpointStore.open(another, 3).names())
          .extracting(CheckpointName::epoch)
          .containsExactly(1L, 2L);
    }
  }

  @Test
  void withAStoreThatIsAwayAFolderIsEnoughAndAnEmptyOneIsNot() throws IOException {
    LearnerSettings settings = beginningAnew(false);
    Path full = directory.resolve("full");
    Path empty = directory.resolve("empty");
    var objects = new MemoryObjects();
    objects.away = true;
    new Run(4).besides(objects).run(full, settings, log());
    assertThatThrownBy(() -> new Run(-1).besides(objects).run(empty, settings, log()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("the store is away");
    assertThat(leases.lease("m").look().epoch()).as("nobody was stopped").isEqualTo(1);
    LearnerStatus resumed = new Run(-1).besides(objects).run(full, settings, log());
    assertThat(resumed.step()).isGreaterThan(4);
    assertThat(objects.content).isEmpty();

    // The store is back and has nothing: as without it.
    objects.away = false;
    assertThatThrownBy(() -> new Run(-1).besides(objects).run(empty, settings, log()))
        .hasMessageContaining("there is no checkpoint in " + empty);
    new Run(-1).besides(objects).run(full, settings, log());
    assertThat(objects.content).as("what it went on from").isNotEmpty();
    LearnerStatus anew = new Run(2).besides(objects).run(empty, beginningAnew(true), log());
    assertThat(anew.step()).as("as it was told").isEqualTo(2);
  }

  private static LearnerSettings beginningAnew(boolean allowed) {
    LearnerSettings s = settings(1, Idle.REST, 0);
    return new LearnerSettings(
        s.model(),
        s.seed(),
        s.batchSize(),
        s.updatesPerBatch(),
        s.budget(),
        s.idle(),
        s.batchWait(),
        s.prefetchBatches(),
        s.decodeThreads(),
        s.replay(),
        new CheckpointSettings(
            s.checkpoint().everySteps(), s.checkpoint().everySeconds(), 3, allowed),
        s.release(),
        s.monitor(),
        s.probe());
  }

  @Test
  void countsEveryRecordOnceThoughATombstoneTakesAnImageBack() throws IOException {
    MemoryImageFeed feed = log();
    long records = feed.lag().orElseThrow();
    feed.append("taken back", new byte[] {99, 1, 2});
    feed.forget("taken back");
    feed.forget("taken back");
    LearnerStatus status = new Run(-1).run(directory, settings(1, Idle.REST, 0), feed);
    assertThat(status.counters().records()).isEqualTo(records + 3);
    assertThat(status.counters().withdrawn()).isEqualTo(1);
  }

  private static Checkpoint saved(Path store) throws IOException {
    return CheckpointStore.open(store, 3).restore(ANY).orElseThrow();
  }

  /** Everything of a checkpoint that has to be equal for any writer. */
  private static List<Object> facts(Checkpoint c) {
    var out = new ArrayList<Object>();
    out.add(c.name().step());
    out.add(c.state().counters());
    out.add(c.state().scalars());
    out.add(c.progress());
    out.add(c.position());
    out.add(c.offered());
    for (ReplayEntry e : c.replay()) {
      out.add(List.of(e.id(), e.order(), e.visits()));
    }
    c.reference().forEach(r -> out.add(r.id()));
    return out;
  }

  @Test
  void oneUpdateForEachBatchAndTheOthersFromReplay() throws IOException {
    LearnerStatus status = new Run(-1).run(directory, settings(3, Idle.REST, 0), log());
    // 42 images, the one that does not decode and the last: 11 batches, the last one not full.
    assertThat(status.state()).isEqualTo(LearnerState.CLOSED);
    assertThat(status.counters().applied()).isEqualTo(43);
    assertThat(status.counters().undecodable()).isEqualTo(1);
    assertThat(status.counters().duplicates()).isEqualTo(1);
    assertThat(status.step()).isEqualTo(33);
    assertThat(status.replayImages()).isEqualTo(9);
    assertThat(status.teacherMomentum()).isEqualTo(0.9);
    assertThat(status.caughtUpTo()).isNotNull();
    assertThat(status.checkpoints()).isEqualTo(1);
    assertThat(status.lossFirst()).isCloseTo(status.loss(), within(0.2)).isNotNaN();
    assertThat(saved(directory).replay()).noneMatch(e -> List.of("i3", "i5").contains(e.id()));
    assertThat(saved(directory).reference()).noneMatch(r -> List.of("i3", "i5").contains(r.id()));
    assertThat(saved(directory).progress().counters().forgotten()).isEqualTo(2);
  }

  @Test
  void whileTheLearnerIsBehindBatchesGetFewerUpdates() throws IOException {
    LearnerSettings base = settings(3, Idle.REST, 0);
    var behind =
        new LearnerSettings(
            base.model(),
            base.seed(),
            base.batchSize(),
            base.updatesPerBatch(),
            new BudgetSettings(1, 0, 1),
            base.idle(),
            base.batchWait(),
            1,
            base.decodeThreads(),
            base.replay(),
            base.checkpoint(),
            base.release(),
            base.monitor(),
            base.probe());
    LearnerStatus status = new Run(-1).run(directory, behind, log());
    assertThat(status.counters().applied()).isEqualTo(43);
    long shortened = saved(directory).progress().counters().shortened();
    // All of 11 batches but the last, and perhaps those taken before the feed knew its lag.
    assertThat(shortened).isBetween(6L, 10L);
    assertThat(status.step()).isEqualTo(33 - 2 * shortened);
  }

  @Test
  void aRunStoppedAtAnyStepAndResumedEndsAsOneNeverStopped() throws IOException {
    LearnerSettings settings = settings(3, Idle.REST, 0);
    new Run(-1).run(directory.resolve("straight"), settings, log());
    List<Object> expected = facts(saved(directory.resolve("straight")));
    for (int stop = 1; stop < 33; stop++) {
      Path store = directory.resolve("stopped" + stop);
      LearnerStatus first = new Run(stop).run(store, settings, log());
      assertThat(first.step()).isEqualTo(stop);
      new Run(-1).run(store, settings, log());
      assertThat(facts(saved(store))).as("stopped at %d", stop).isEqualTo(expected);
    }
  }

  private static LearnerSettings keepingNothing() {
    LearnerSettings base = settings(3, Idle.REPLAY, 2);
    return new LearnerSettings(
        base.model(),
        base.seed(),
        base.batchSize(),
        base.updatesPerBatch(),
        base.idle(),
        base.batchWait(),
        base.prefetchBatches(),
        base.decodeThreads(),
        new ReplaySettings(ReplaySettings.Policy.NONE, 9, 1, 16),
        base.checkpoint(),
        base.release(),
        base.monitor(),
        base.probe());
  }

  @Test
  void withoutStorageABatchHasItsWholeBudgetAndNoImageIsWritten() throws IOException {
    Path store = directory.resolve("straight");
    LearnerStatus status = new Run(-1).run(store, keepingNothing(), log());
    assertThat(status.step()).isEqualTo(33);
    assertThat(status.replayImages()).isZero();
    Checkpoint end = saved(store);
    assertThat(end.reference()).isEmpty();
    assertThat(end.replay()).isEmpty();
    try (var files = Files.walk(store)) {
      assertThat(files.map(Path::toString)).noneMatch(name -> name.endsWith(".images"));
    }
    for (int stop = 1; stop < 33; stop += 5) {
      Path stopped = directory.resolve("stopped" + stop);
      LearnerStatus first = new Run(stop).run(stopped, keepingNothing(), log());
      assertThat(first.step()).as("a batch begun is finished").isEqualTo((stop + 2) / 3 * 3);
      new Run(-1).run(stopped, keepingNothing(), log());
      assertThat(facts(saved(stopped))).as("stopped at %d", stop).isEqualTo(facts(end));
    }
  }

  @Test
  void withoutStorageASkippedBatchIsKeptByItsNamesAlone() throws IOException {
    var kept = new ArrayList<String>();
    var run = new Run(-1);
    run.skipped =
        (step, images, pixels, why) ->
            kept.add(images.size() + " ids, " + (pixels ? images.size() : 0));
    run.run(
        directory,
        keepingNothing(),
        log(),
        new ChainMethod() {
          @Override
          public StepReport step(ImageBatch batch, MethodState state) {
            if (batch.step() == 5) {
              throw new NonFiniteUpdateException("the loss", Double.NaN);
            }
            return super.step(batch, state);
          }
        },
        DurableFiles.real());
    assertThat(kept).containsExactly("4 ids, 0");
  }

  @Test
  void aRunKilledAgainAndAgainEndsAsOneNeverKilled() throws IOException {
    LearnerSettings settings = settings(2, Idle.REST, 3);
    new Run(-1).run(directory.resolve("straight"), settings, log());
    List<Object> expected = facts(saved(directory.resolve("straight")));
    Path store = directory.resolve("killed");
    boolean finished = false;
    int lives = 0;
    for (; !finished; lives++) {
      try {
        new Run(-1)
            .run(store, settings, log(), new ChainMethod(), new CrashingFiles(40 + lives * 3, 50));
        finished = true;
      } catch (CrashingFiles.Crash expectedCrash) {
        assertThat(lives).isLessThan(200);
      }
    }
    assertThat(lives).isGreaterThan(2);
    assertThat(facts(saved(store))).isEqualTo(expected);
  }

  @Test
  void checkpointsAndStopsDoNotChangeWhatIsLearned() throws IOException {
    new Run(-1).run(directory.resolve("a"), settings(2, Idle.REST, 0), log());
    new Run(-1).run(directory.resolve("b"), settings(2, Idle.REST, 1), log());
    assertThat(facts(saved(directory.resolve("a"))))
        .isEqualTo(facts(saved(directory.resolve("b"))));
  }

  @Test
  void afterTheEndOfTheDataLearningGoesOnFromReplay() throws IOException {
    var run = new Run(-1);
    run.stopsAtTheEnd = false;
    var afterTheEnd = new AtomicInteger();
    run.atStep =
        step -> {
          if (Objects.requireNonNull(run.loop.get()).status().counters().applied() == 43
              && afterTheEnd.incrementAndGet() == 20) {
            run.stop();
          }
        };
    LearnerStatus status = run.run(directory, settings(1, Idle.REPLAY, 0), log());
    assertThat(afterTheEnd).hasValue(20);
    assertThat(status.counters().applied()).isEqualTo(43);
  }

  @Test
  void duplicatesAfterTheLastUpdateAreSavedToo() throws IOException {
    var feed = new MemoryImageFeed();
    for (int i = 0; i < 4; i++) {
      feed.append("i" + i, ("image " + i).getBytes(StandardCharsets.UTF_8));
    }
    for (int i = 0; i < 9; i++) {
      feed.append("again" + i, "image 1".getBytes(StandardCharsets.UTF_8));
    }
    LearnerStatus status = new Run(-1).run(directory, settings(1, Idle.REST, 1), feed);
    assertThat(status.step()).isEqualTo(1);
    Checkpoint last = saved(directory);
    assertThat(last.name()).isEqualTo(new CheckpointName(1, 1, 1));
    assertThat(last.progress().counters().duplicates()).isEqualTo(9);
    assertThat(last.position().partitions().get(0).nextOffset()).isEqualTo(13);
    assertThat(status.checkpoints()).as("each is on disk, and none is counted twice").isEqualTo(2);
    assertThat(CheckpointStore.open(directory, 3).names()).hasSize(2);
  }

  @Test
  void whoAsksLateStillLearnsThatItCaughtUp() throws IOException {
    var log = log();
    var asked = new AtomicReference<@Nullable Instant>();
    var run = new Run(-1);
    run.stopsAtTheEnd = false;
    run.atStep =
        step -> {
          LearnerStatus now = Objects.requireNonNull(run.loop.get()).status();
          if (step < 11) {
            assertThat(now.caughtUpTo()).as("after step %d", step).isNull();
          }
          Instant at = asked.get();
          if (step == 50) {
            asked.set(Instant.now());
          } else if (at != null && now.caughtUpTo() != null && now.caughtUpTo().isAfter(at)) {
            run.stop();
          }
        };
    LearnerStatus status = run.run(directory, settings(1, Idle.REPLAY, 0), log);
    assertThat(status.counters().applied()).isEqualTo(43);
  }

  @Test
  void theFeedIsClosedWhenTheLeaseOrTheModelCannotBeHad() throws IOException {
    var method =
        new ChainMethod() {
          @Override
          public io.millrace.learner.method.MethodState initialize(
              io.millrace.learner.tensor.Engine engine) {
            throw new IllegalStateException("no room for the model");
          }
        };
    LearnerSettings settings = settings(1, Idle.REST, 0);
    var closed = new AtomicInteger();
    for (WriterLease lease : List.of(leases.lease("m"), refusing())) {
      var loop =
          new LearnerLoop(
              new LearnerParts(
                  settings,
                  new NoArithmetic(),
                  method,
                  Preprocessing.defaults(),
                  counting(closed),
                  LearnerLoopTest::decode,
                  CheckpointStore.open(directory, 3),
                  lease,
                  null,
                  null,
                  Map.of(),
                  LearnerMetrics.NONE,
                  LearnerListener.NONE,
                  InstantSource.system()));
      int before = closed.get();
      assertThatThrownBy(loop::run).hasMessageStartingWith("no ");
      assertThat(closed.get()).isEqualTo(before + 1);
      assertThat(loop.status().state()).isEqualTo(LearnerState.FAILED);
    }
  }

  private static ImageFeed counting(AtomicInteger closed) {
    return (ImageFeed)
        Proxy.newProxyInstance(
            LearnerLoopTest.class.getClassLoader(),
            new Class<?>[] {ImageFeed.class},
            (proxy, called, arguments) -> {
              assertThat(called.getName()).isEqualTo("close");
              closed.incrementAndGet();
              return null;
            });
  }

  private static WriterLease refusing() {
    return new WriterLease() {
      @Override
      public Lineage look() {
        return new Lineage(0, List.of());
      }

      @Override
      public Lineage acquire(long highestSeen) {
        throw new IllegalStateException("no broker answers");
      }

      @Override
      public void adopt(String store, @Nullable CheckpointName checkpoint) {}

      @Override
      public void confirm(long step) {}

      @Override
      public void form(Generation generation) {}

      @Override
      public void close() {}
    };
  }

  @Test
  void aSingleImageIsLearnedFromToo() throws IOException {
    var feed = new MemoryImageFeed();
    feed.append("only", "only".getBytes(StandardCharsets.UTF_8));
    LearnerStatus status = new Run(-1).run(directory, settings(4, Idle.REST, 0), feed);
    assertThat(status.counters().applied()).isEqualTo(1);
    assertThat(status.step()).isEqualTo(1);
  }

  @Test
  void aLossThatIsNoNumberStopsLearningAndSavesNothing() throws IOException {
    var run = new Run(-1);
    assertThatThrownBy(
            () ->
                run.run(
                    directory,
                    settings(1, Idle.REST, 2),
                    log(),
                    new ChainMethod(5),
                    DurableFiles.real()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the loss of update 5 is NaN");
    assertThat(saved(directory).name().step()).isEqualTo(4);
    LearnerStatus status = java.util.Objects.requireNonNull(run.loop.get()).status();
    assertThat(status.state()).isEqualTo(LearnerState.FAILED);
    assertThat(status.failure()).contains("update 5");
  }

  @Test
  void anUpdateOfNoNumberIsLeftOutCountedAndItsBatchKept() throws IOException {
    var run = new Run(-1);
    run.skipped = new SkippedBatchFiles(directory.resolve("skipped"));
    var method =
        new ChainMethod() {
          @Override
          public StepReport step(ImageBatch batch, MethodState state) {
            if (batch.step() == 3) {
              throw new NonFiniteUpdateException("the loss", Double.NaN);
            }
            return super.step(batch, state);
          }
        };
    LearnerStatus status =
        run.run(
            directory.resolve("c"), settings(1, Idle.REST, 0), log(), method, DurableFiles.real());
    assertThat(run.steps).doesNotContain(4L).contains(3L, 5L);
    assertThat(status.counters().applied()).isEqualTo(43);
    assertThat(status.monitors()).containsEntry("skippedUpdates", 1.0);
    assertThat(saved(directory.resolve("c")).progress().counters().skipped()).isEqualTo(1);
    Path kept = directory.resolve("skipped/step-3");
    assertThat(kept.resolve("batch.json")).content().contains("the loss is NaN");
    assertThat(kept.resolve("0.png")).exists();
  }

  @Test
  void tooManyUpdatesOfNoNumberInARowStopLearning() {
    var method =
        new ChainMethod() {
          @Override
          public StepReport step(ImageBatch batch, MethodState state) {
            throw new NonFiniteUpdateException("the loss", Double.POSITIVE_INFINITY);
          }
        };
    assertThatThrownBy(
            () ->
                new Run(-1)
                    .run(
                        directory, settings(1, Idle.REPLAY, 0), log(), method, DurableFiles.real()))
        .hasMessageContaining("10 updates in a row were skipped")
        .hasMessageContaining("the loss is Infinity");
  }

  @Test
  void aFencedLearnerExitsAndItsSuccessorGoesOn() throws IOException {
    LearnerSettings settings = settings(1, Idle.REST, 2);
    var older = new Run(-1);
    older.atStep =
        step -> {
          if (step == 5) {
            leases.lease("m").acquire(0);
          }
        };
    assertThatThrownBy(() -> older.run(directory, settings, log()))
        .isInstanceOf(FencedException.class)
        .hasMessageContaining("another learner");
    assertThat(saved(directory).name().step()).isEqualTo(4);
    LearnerStatus status = new Run(-1).run(directory, settings, log());
    assertThat(status.epoch()).isEqualTo(3);
    assertThat(status.counters().applied()).isEqualTo(43);
  }

  @Test
  void otherSettingsAreRefused() throws IOException {
    new Run(2).run(directory, settings(1, Idle.REST, 0), log());
    var other =
        new Method() {
          private final ChainMethod chain = new ChainMethod();

          @Override
          public String name() {
            return "other";
          }

          @Override
          public io.millrace.learner.method.MethodState initialize(
              io.millrace.learner.tensor.Engine engine) {
            return chain.initialize(engine);
          }

          @Override
          public StepReport step(
              io.millrace.learner.method.ImageBatch batch,
              io.millrace.learner.method.MethodState state) {
            return chain.step(batch, state);
          }

          @Override
          public String representation() {
            return chain.representation();
          }
        };
    assertThatThrownBy(
            () ->
                new Run(-1)
                    .run(directory, settings(1, Idle.REST, 0), log(), other, DurableFiles.real()))
        .hasMessageContaining("was saved with method chain, the settings now say other");
  }

  @Test
  void anotherSeedIsRefusedAndAnotherRateIsNot() throws IOException {
    LearnerSettings settings = settings(1, Idle.REST, 0);
    new Run(2).run(directory, settings, log(), with("1", "rate 0.1"), DurableFiles.real());
    assertThatThrownBy(
            () ->
                new Run(-1)
                    .run(directory, settings, log(), with("2", "rate 0.1"), DurableFiles.real()))
        .hasMessageContaining("was saved with seed 1, the settings now say 2");
    LearnerStatus status =
        new Run(-1).run(directory, settings, log(), with("1", "rate 0.2"), DurableFiles.real());
    assertThat(status.counters().applied()).isEqualTo(43);
    assertThat(saved(directory).fingerprint().settings()).isEqualTo("rate 0.2");
    assertThat(saved(directory).fingerprint().fields())
        .containsEntry(
            "preprocessing",
            "Preprocessing[size=32, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]]");
  }

  private static Method with(String seed, String settings) {
    return new ChainMethod() {
      @Override
      public Map<String, String> fixedSettings() {
        return Map.of("seed", seed);
      }

      @Override
      public String settings() {
        return settings;
      }
    };
  }

  @Test
  void aLearnerThatIsBehindStopsFetching() throws IOException {
    var feed = new MemoryImageFeed();
    for (int i = 0; i < 400; i++) {
      feed.append("i" + i, ("image " + i).getBytes(StandardCharsets.UTF_8));
    }
    var run = new Run(20);
    var lags = new ArrayList<Long>();
    run.atStep =
        step -> {
          // At most what was applied, the two batches that wait and the one in hand were taken.
          long taken = 400 - feed.lag().orElseThrow();
          lags.add(taken - step * 4);
        };
    run.run(directory, settings(1, Idle.REST, 0), feed);
    assertThat(lags).allMatch(ahead -> ahead <= 3 * 4 + 4);
  }

  @Test
  void checkpointsThatFailAreTriedAgainAndThenGivenUp() {
    var failing =
        new DurableFiles() {
          private final DurableFiles real = DurableFiles.real();

          @Override
          public void write(Path file, Content content) throws IOException {
            if (file.toString().contains("state.safetensors")) {
              throw new IOException("the disk is full");
            }
            real.write(file, content);
          }

          @Override
          public void makeDirectory(Path d) throws IOException {
            real.makeDirectory(d);
          }

          @Override
          public void syncDirectory(Path d) throws IOException {
            real.syncDirectory(d);
          }

          @Override
          public void rename(Path from, Path to) throws IOException {
            real.rename(from, to);
          }

          @Override
          public void delete(Path path) throws IOException {
            real.delete(path);
          }
        };
    var run = new Run(-1);
    assertThatThrownBy(
            () -> run.run(directory, settings(1, Idle.REST, 1), log(), new ChainMethod(), failing))
        .hasMessageContaining("5 times in a row")
        .hasMessageContaining("the disk is full");
    assertThat(run.steps).hasSize(5);
    // What readiness says while it fails.
    assertThat(java.util.Objects.requireNonNull(run.loop.get()).saveFailure())
        .contains("the disk is full");
  }
}
