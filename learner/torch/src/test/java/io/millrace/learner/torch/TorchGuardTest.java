package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.MemoryImageFeed;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointSettings;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.MemoryLeases;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.learner.loop.Idle;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.loop.LearnerLoop;
import io.millrace.learner.loop.LearnerMetrics;
import io.millrace.learner.loop.LearnerParts;
import io.millrace.learner.loop.LearnerSettings;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.pretext.RotationSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.settings.PastSettings;
import io.millrace.learner.monitor.DriftSettings;
import io.millrace.learner.monitor.GuardSettings;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.GateSettings;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.release.ReleaseSettings;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.testing.StopAtTheEnd;
import java.io.IOException;
import java.lang.reflect.Proxy;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the learner does about collapse and drift, from feed to checkpoint and release. */
@Timeout(120)
class TorchGuardTest {
  private static final Lineage ANY = new Lineage(999, List.of());
  private static final Preprocessing SMALL = Preprocessing.defaults().withSize(16);
  private static final GuardSettings NO_BOUNDS =
      new GuardSettings(0, 0, 0, 3, GuardSettings.Action.HOLD, 0.5, 10);

  @TempDir Path directory;
  private final MemoryLeases leases = new MemoryLeases();
  private final MemoryReleaseLog releases = new MemoryReleaseLog();
  private final AtomicInteger rolledBack = new AtomicInteger();
  private final AtomicInteger monitored = new AtomicInteger();
  private final List<Double> rates = new ArrayList<>();
  private DurableFiles files = DurableFiles.real();
  private int releaseEvery;
  private Engine engine;

  @BeforeEach
  void openEngine() {
    engine = TorchEngine.open(EngineOptions.cpu(Precision.FLOAT32));
  }

  @AfterEach
  void closeEngine() {
    engine.close();
  }

  /** The first 16 images are of one scene, the other 32 of another. */
  private static PixelImage image(int number) {
    byte[] rgb = new byte[16 * 16 * 3];
    for (int i = 0; i < rgb.length; i++) {
      int scene = number < 16 ? 40 + i % 3 * 10 : 20 * (i / 48 % 2) * (i % 7) + 90;
      rgb[i] = (byte) (scene + (number * 7 + i * 3) % 5);
    }
    return new PixelImage(16, 16, rgb);
  }

  private static MemoryImageFeed log() {
    var feed = new MemoryImageFeed(1, 100);
    for (int i = 0; i < 48; i++) {
      feed.append(0, "i" + i, new byte[] {(byte) i});
    }
    return feed;
  }

  /**
   * Learns until the end of the log or a step.
   *
   * @return the last checkpoint
   */
  private Checkpoint run(
      Path store, MonitorSettings monitor, PastSettings past, int firstRelease, long stopAt)
      throws IOException {
    var settings =
        new LearnerSettings(
            "m",
            5,
            8,
            2,
            Idle.REST,
            Duration.ofMillis(1),
            2,
            2,
            new ReplaySettings(ReplaySettings.Policy.RESERVOIR, 24, 1, 16),
            new CheckpointSettings(1, 0, 30),
            new ReleaseSettings(firstRelease, releaseEvery, 0, false, GateSettings.defaults()),
            monitor,
            new ProbeSettings(0, 3, 100, 100));
    var loop = new AtomicReference<@Nullable LearnerLoop>();
    var listener =
        new LearnerListener() {
          @Override
          public void updated(long step, StepReport report) {
            rates.add(report.learningRate());
            LearnerLoop l = loop.get();
            if (step == stopAt && l != null) {
              l.requestStop();
            }
          }
        };
    var metrics =
        new LearnerMetrics() {
          @Override
          public void rolledBack() {
            rolledBack.incrementAndGet();
          }

          @Override
          public void monitored(Map<String, Double> measured, long nanos) {
            monitored.incrementAndGet();
          }
        };
    var model =
        new ModelSettings(3, BackboneSettings.defaults().withWidth(0.125), SMALL).withPast(past);
    var made =
        new LearnerLoop(
            new LearnerParts(
                settings,
                engine,
                Methods.create("rotation", model, RotationSettings.defaults()),
                SMALL,
                log(),
                bytes -> new DecodeOutcome.Decoded(image(bytes[0])),
                CheckpointStore.open(store, 30),
                leases.lease("m"),
                new ReleasePublisher(
                    releases, directory.resolve("releases"), files, InstantSource.system()),
                null,
                Map.of("build", "test"),
                metrics,
                listener,
                () -> Instant.ofEpochSecond(40L * rates.size()))); // 40 s for each update
    loop.set(made);
    try (var end = new StopAtTheEnd(made)) {
      made.run();
    }
    assertThat(made.status().failure()).isNull();
    return CheckpointStore.open(store, 30).restore(ANY).orElseThrow();
  }

  private static float[] student(Checkpoint checkpoint) {
    return (float[])
        Objects.requireNonNull(checkpoint.state().tensors().get("student.parameters")).values();
  }

  @Test
  void collapseLeadsBackToTheLastHealthyCheckpointAtALowerRate() throws IOException {
    // No features have such a rank: every round of monitors is out of bounds.
    var guard = new GuardSettings(0, 1e6, 0, 2, GuardSettings.Action.ROLL_BACK, 0.5, 10);
    var monitor = new MonitorSettings(3, 8, 8, guard, DriftSettings.defaults());
    var healthy = run(directory.resolve("healthy"), monitor, PastSettings.defaults(), 99, 2);
    List<Double> straight = List.copyOf(rates);

    Path store = directory.resolve("store");
    rates.clear();
    Checkpoint back = run(store, monitor, PastSettings.defaults(), 99, 6);
    assertThat(rolledBack).hasValue(1);
    assertThat(back.name().step()).as("the place in the stream stays").isEqualTo(6);
    assertThat(student(back)).as("the weights are the healthy ones").isEqualTo(student(healthy));
    assertThat(back.state().scalars()).containsEntry(MethodState.RATE_FACTOR, 0.5);
    assertThat(back.progress().counters().applied())
        .isGreaterThan(healthy.progress().counters().applied());

    double third = rates.get(2);
    rates.clear();
    run(store, monitor, PastSettings.defaults(), 99, 7);
    assertThat(rates.get(0)).as("the third update once more").isEqualTo(0.5 * third);
    assertThat(straight).hasSize(2);
  }

  @Test
  void driftBeginsTheRateAnewReleasesAndMakesThePresentThePast() throws IOException {
    var monitor = new MonitorSettings(2, 8, 8, NO_BOUNDS, new DriftSettings(0.3, 1, true, true));
    var past = new PastSettings(1, PastSettings.Loss.COSINE, 0.2, 16, 0, true, true);
    Checkpoint end = run(directory.resolve("store"), monitor, past, 1, -1);
    assertThat(end.progress().step()).isEqualTo(12);
    assertThat(end.progress().counters().drifts()).isEqualTo(1);
    assertThat(end.state().counters())
        .containsEntry(MethodState.DRIFTS, 1L)
        .containsEntry(MethodState.REWARMS, 1L)
        .containsEntry(MethodState.RELEASES, 2L)
        .containsEntry("past.taken", 2L);
    assertThat(releases.releases("m")).hasSize(2);
    long again =
        IntStream.range(1, rates.size()).filter(i -> rates.get(i).equals(rates.get(0))).count();
    assertThat(again).as("how often the warm-up began anew").isEqualTo(1);
  }

  @Test
  void aModelThatIsFoundCollapsedWhenItIsToBeReleasedIsNot() throws IOException {
    var guard = new GuardSettings(0, 1e6, 0, 1, GuardSettings.Action.HOLD, 0.5, 10);
    var monitor = new MonitorSettings(0, 8, 8, guard, DriftSettings.defaults());
    run(directory.resolve("store"), monitor, PastSettings.defaults(), 1, 4);
    assertThat(monitored.get()).isPositive();
    assertThat(releases.releases("m")).isEmpty();
  }

  @Test
  void monitorsThatARoundAndAReleaseAskForAreComputedOnce() throws IOException {
    var monitor = new MonitorSettings(2, 8, 8, NO_BOUNDS, DriftSettings.defaults());
    run(directory.resolve("store"), monitor, PastSettings.defaults(), 2, 2);
    assertThat(releases.releases("m")).hasSize(1);
    assertThat(monitored).hasValue(1);
  }

  @Test
  void aReleaseThatCouldNotBeMadeIsTriedAgainHalfAMinuteLater() throws IOException {
    var weights = new AtomicInteger();
    files =
        (DurableFiles)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {DurableFiles.class},
                (proxy, called, arguments) -> {
                  if (called.getName().equals("rename")
                      && arguments[1].toString().endsWith(".safetensors")
                      && weights.incrementAndGet() == 2) {
                    throw new IOException("the disk is full");
                  }
                  return called.invoke(DurableFiles.real(), arguments);
                });
    releaseEvery = 3;
    var monitor = new MonitorSettings(0, 8, 8, NO_BOUNDS, DriftSettings.defaults());
    run(directory.resolve("store"), monitor, PastSettings.defaults(), 1, 9);
    assertThat(releases.releases("m").stream().map(ReleaseManifest::step))
        .as("the fourth update's was made after the fifth")
        .containsExactly(1L, 5L, 8L);
  }
}
