package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.EncodedImages;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.Photographs;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.feed.MemoryImageFeed;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointSettings;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.MemoryLeases;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.ReleaseSettings;
import io.millrace.learner.replay.KeptImage;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.replay.ReplaySettings.Form;
import io.millrace.learner.testing.StopAtTheEnd;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A learner whose replay holds files: it learns from the same pixels, restarts included. */
@Timeout(60)
class CompressedReplayTest {
  private static final int IMAGES = 40;
  private static final byte[][] FILES = new byte[IMAGES][];

  static {
    for (int i = 0; i < IMAGES; i++) {
      FILES[i] =
          i % 4 == 3
              ? EncodedImages.png(Photographs.pixels(20, 30, i))
              : Photographs.jpeg(48, 32, i);
    }
  }

  @TempDir Path directory;
  private final MemoryLeases leases = new MemoryLeases();
  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
  private final AtomicInteger lost = new AtomicInteger();

  @AfterEach
  void close() {
    decoder.close();
  }

  private static LearnerSettings settings(ReplaySettings.Policy policy, Form form, int maxSide) {
    return new LearnerSettings(
        "m",
        5,
        4,
        3,
        Idle.REST,
        Duration.ofMillis(1),
        2,
        2,
        new ReplaySettings(policy, 9, 1, maxSide).withForm(form),
        new CheckpointSettings(4, 0, 3, true),
        ReleaseSettings.defaults(),
        new MonitorSettings(0, 6, 6),
        ProbeSettings.defaults());
  }

  private Checkpoint run(
      String store, LearnerSettings settings, long stopAt, Function<byte[], DecodeOutcome> decode)
      throws IOException {
    var feed = new MemoryImageFeed(2, 1000);
    for (int i = 0; i < IMAGES; i++) {
      feed.append(i % 3 == 0 ? 1 : 0, "i" + i, FILES[i]);
    }
    Path path = directory.resolve(store);
    LearnerLoop[] loop = new LearnerLoop[1];
    loop[0] =
        new LearnerLoop(
            new LearnerParts(
                settings,
                new NoArithmetic(),
                new ChainMethod(),
                Preprocessing.defaults(),
                feed,
                decode,
                CheckpointStore.open(path, 3),
                leases.lease("m"),
                null,
                null,
                Map.of(),
                new LearnerMetrics() {
                  @Override
                  public void replayLost(int images) {
                    lost.addAndGet(images);
                  }
                },
                new LearnerListener() {
                  @Override
                  public void updated(long step, StepReport report) {
                    if (step == stopAt) {
                      loop[0].requestStop();
                    }
                  }
                },
                InstantSource.system()));
    try (var end = new StopAtTheEnd(loop[0])) {
      loop[0].run();
    }
    return CheckpointStore.open(path, 3).restore(new Lineage(999, List.of())).orElseThrow();
  }

  /** What was learned, a hash over every pixel among it, and what is kept. */
  private static List<Object> facts(Checkpoint c) {
    return List.of(
        c.state().counters(),
        c.progress(),
        c.replay().stream().map(e -> e.id() + " " + e.order() + " " + e.visits()).toList());
  }

  @Test
  void filesThatFitGiveTheSamePixelsAsPixelsThatAreHeld() throws IOException {
    for (var policy : List.of(ReplaySettings.Policy.RESERVOIR, ReplaySettings.Policy.FIFO)) {
      Checkpoint pixels = run(policy + "p", settings(policy, Form.PIXELS, 64), -1, decoder::decode);
      Checkpoint files =
          run(policy + "f", settings(policy, Form.COMPRESSED, 64), -1, decoder::decode);
      assertThat(pixels.progress().step()).isEqualTo(30);
      assertThat(facts(files)).isEqualTo(facts(pixels));
      assertThat(pixels.replay()).allMatch(e -> e.image() instanceof KeptImage.Pixels);
      assertThat(files.replay())
          .hasSize(9)
          .allMatch(
              e ->
                  e.image() instanceof KeptImage.Encoded held
                      && Arrays.equals(held.file(), FILES[Integer.parseInt(e.id().substring(1))]));
    }
    assertThat(lost).hasValue(0);
  }

  @Test
  void stoppedAnywhereAndResumedItEndsAsOneNeverStoppedThoughFilesAreMadeAnew() throws IOException {
    LearnerSettings shrinking =
        settings(ReplaySettings.Policy.RESERVOIR, Form.COMPRESSED, 24); // every image is over it
    Checkpoint straight = run("straight", shrinking, -1, decoder::decode);
    for (int stop = 1; stop < 30; stop += 4) {
      String store = "stopped" + stop;
      assertThat(run(store, shrinking, stop, decoder::decode).progress().step()).isEqualTo(stop);
      Checkpoint resumed = run(store, shrinking, -1, decoder::decode);
      assertThat(facts(resumed)).as("stopped at %d", stop).isEqualTo(facts(straight));
    }
  }

  @Test
  void pixelsOfBeforeStayWhenTheFormChanges() throws IOException {
    var policy = ReplaySettings.Policy.RESERVOIR;
    Checkpoint straight = run("straight", settings(policy, Form.PIXELS, 64), -1, decoder::decode);
    run("changed", settings(policy, Form.PIXELS, 64), 13, decoder::decode);
    Checkpoint changed = run("changed", settings(policy, Form.COMPRESSED, 64), -1, decoder::decode);
    assertThat(facts(changed)).isEqualTo(facts(straight));
    assertThat(changed.replay())
        .extracting(e -> e.image().getClass().getSimpleName())
        .contains("Pixels", "Encoded");
  }

  @Test
  void aDrawnImageThatNoLongerDecodesIsCountedAndGoes() throws IOException {
    Map<Integer, AtomicInteger> calls = new ConcurrentHashMap<>();
    Function<byte[], DecodeOutcome> failing =
        file -> {
          int number =
              calls
                  .computeIfAbsent(Arrays.hashCode(file), h -> new AtomicInteger())
                  .incrementAndGet();
          return number > 1 && Arrays.hashCode(file) % 2 == 0
              ? new DecodeOutcome.Rejected(RejectionReason.DECODE_TIMEOUT, "it says so")
              : decoder.decode(file);
        };
    LearnerSettings settings = settings(ReplaySettings.Policy.RESERVOIR, Form.COMPRESSED, 64);
    Checkpoint end = run("failing", settings, -1, failing);
    assertThat(end.progress().counters().applied()).isEqualTo(IMAGES);
    assertThat(end.progress().counters().undecodable())
        .as("those count records of the log")
        .isZero();
    assertThat(lost.get()).isPositive();
    assertThat(end.replay())
        .as("what was drawn and failed is not kept")
        .noneMatch(
            e ->
                e.visits() > 0 && Arrays.hashCode(((KeptImage.Encoded) e.image()).file()) % 2 == 0);
  }

  @Test
  void whereNothingDrawnDecodesTheLearnerGoesOnWithTheStream() throws IOException {
    Map<Integer, AtomicInteger> calls = new ConcurrentHashMap<>();
    Function<byte[], DecodeOutcome> once =
        file ->
            calls.computeIfAbsent(Arrays.hashCode(file), h -> new AtomicInteger()).incrementAndGet()
                    > 1
                ? new DecodeOutcome.Rejected(RejectionReason.CORRUPT, "it says so")
                : decoder.decode(file);
    LearnerSettings settings = settings(ReplaySettings.Policy.RESERVOIR, Form.COMPRESSED, 64);
    Checkpoint end = run("once", settings, -1, once);
    assertThat(end.progress().counters().applied()).isEqualTo(IMAGES);
    assertThat(end.progress().step()).as("an update for each batch of the stream").isEqualTo(10);
  }
}
