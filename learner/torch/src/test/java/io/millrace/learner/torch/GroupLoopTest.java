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
import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.GroupAddress;
import io.millrace.learner.group.GroupBackend;
import io.millrace.learner.group.Groups;
import io.millrace.learner.group.Shards;
import io.millrace.learner.loop.Idle;
import io.millrace.learner.loop.LearnerGroup;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.loop.LearnerLoop;
import io.millrace.learner.loop.LearnerMetrics;
import io.millrace.learner.loop.LearnerParts;
import io.millrace.learner.loop.LearnerSettings;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.monitor.DriftSettings;
import io.millrace.learner.monitor.GuardSettings;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.AnnealSettings;
import io.millrace.learner.release.GateSettings;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.release.ReleaseSettings;
import io.millrace.learner.release.WhiteningSettings;
import io.millrace.learner.replay.ReplayEntry;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.testing.StopAtTheEnd;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole loop with a leader and a follower, against one process with the same shards. */
@Timeout(180)
class GroupLoopTest {
  private static final int SHARDS = 2;
  private static final Preprocessing SMALL = Preprocessing.defaults().withSize(16);

  @TempDir Path directory;

  /** What the leader does besides updates. */
  private enum Kind {
    /** Replay that asks for no features. */
    PLAIN,
    /** Replay by features of all images, drift that is found, annealed releases. */
    EVERYTHING
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aLeaderAndAFollowerSaveWhatOneProcessWithAllShardsSaves(Kind kind) throws Exception {
    run(kind, directory.resolve("one"), 0, 1);
    Path two = directory.resolve("two");
    CompletableFuture<Void> follower =
        CompletableFuture.runAsync(
            () -> {
              try {
                run(kind, two, 1, 2);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    run(kind, two, 0, 2);
    follower.get(60, TimeUnit.SECONDS);
    Map<String, Object> expected = learned(directory.resolve("one"));
    Map<String, Object> actual = learned(two);
    assertThat(expected.get("step")).isEqualTo(8L);
    boolean all = kind == Kind.EVERYTHING;
    assertThat((long) expected.get("released") > 0).isEqualTo(all);
    assertThat((long) expected.get("drifts") > 0).isEqualTo(all);
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((name, value) -> assertThat(actual.get(name)).as(name).isEqualTo(value));
    assertThat(rounds.get("one 0").computed()).isPositive();
    assertThat(rounds.get("one 0").waited()).isZero();
    for (String rank : List.of("two 0", "two 1")) {
      assertThat(rounds.get(rank).step()).as(rank).isEqualTo(8);
      assertThat(rounds.get(rank).computed()).as(rank).isPositive();
      assertThat(rounds.get(rank).waited()).as(rank).isPositive();
    }
  }

  /** What a rank told last. */
  private record Told(long step, double computed, double waited) {}

  private final Map<String, Told> rounds = new ConcurrentHashMap<>();

  private void run(Kind kind, Path store, int rank, int size) throws IOException {
    try (Engine engine = TorchEngine.open(new EngineOptions("cpu", Precision.FLOAT32, false, 1));
        Collectives collectives =
            Groups.join(
                engine,
                new GroupAddress(
                    directory,
                    "loop",
                    size,
                    rank,
                    size,
                    Duration.ofSeconds(60),
                    GroupBackend.GLOO))) {
      boolean all = kind == Kind.EVERYTHING;
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
                  new ReplaySettings(
                          all
                              ? ReplaySettings.Policy.MINIMUM_REDUNDANCY
                              : ReplaySettings.Policy.RESERVOIR,
                          24,
                          1,
                          16)
                      .withForm(all ? ReplaySettings.Form.COMPRESSED : ReplaySettings.Form.PIXELS),
                  new CheckpointSettings(5, 0, 3, true),
                  new ReleaseSettings(
                      3,
                      3,
                      0,
                      false,
                      GateSettings.defaults(),
                      0,
                      new AnnealSettings(all ? 2 : 0, 1),
                      WhiteningSettings.defaults()),
                  monitors(all),
                  new ProbeSettings(0, 3, 100, 100))
              .withShards(SHARDS);
      var feed = new MemoryImageFeed(2, 100);
      for (int i = 0; rank == 0 && i < 27; i++) {
        feed.append(i % 2, "i" + i, new byte[] {(byte) i});
      }
      var loop =
          new LearnerLoop(
              new LearnerParts(
                  settings,
                  engine,
                  method(),
                  SMALL,
                  feed,
                  bytes -> new DecodeOutcome.Decoded(image(bytes[0])),
                  CheckpointStore.open(store, 3),
                  new MemoryLeases().lease("m"),
                  all && rank == 0
                      ? new ReleasePublisher(
                          new MemoryReleaseLog(),
                          store.resolveSibling(store.getFileName() + "-releases"),
                          DurableFiles.real(),
                          InstantSource.system())
                      : null,
                  null,
                  Map.of(),
                  LearnerMetrics.NONE,
                  LearnerListener.NONE,
                  InstantSource.system()),
              new LearnerGroup(
                  new Shards(SHARDS, size, rank),
                  collectives,
                  (step, computed, waited) ->
                      rounds.put(
                          store.getFileName() + " " + rank, new Told(step, computed, waited))));
      if (rank == 0) {
        try (var end = new StopAtTheEnd(loop)) {
          loop.run();
        }
      } else {
        loop.run();
      }
    }
  }

  private static MonitorSettings monitors(boolean drifts) {
    return new MonitorSettings(
        2,
        8,
        8,
        GuardSettings.defaults(),
        drifts ? new DriftSettings(1e-6, 1, true, true) : DriftSettings.defaults());
  }

  private static Method method() {
    ByolSettings d = ByolSettings.defaults();
    return Methods.create(
        "byol",
        new ModelSettings(3, BackboneSettings.defaults().withWidth(0.125), SMALL),
        new ByolSettings(
            d.firstView().withSize(16),
            d.secondView().withSize(16),
            16,
            8,
            16,
            0.9,
            d.optimizer(),
            d.learningRate()));
  }

  private static PixelImage image(int number) {
    byte[] rgb = new byte[16 * 16 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (number * 37 + i * (number % 5 + 1) + (i / 48) * 11);
    }
    return new PixelImage(16, 16, rgb);
  }

  private static Map<String, Object> learned(Path store) throws IOException {
    Checkpoint c =
        CheckpointStore.open(store, 3).restore(new Lineage(999, List.of())).orElseThrow();
    var out = new TreeMap<String, Object>();
    c.state().tensors().forEach((name, tensor) -> out.put(name, tensor.values()));
    out.put("counters", c.state().counters());
    out.put("scalars", c.state().scalars());
    out.put("step", c.progress().step());
    out.put("position", c.position());
    out.put("released", c.progress().released());
    out.put("drifts", c.progress().counters().drifts());
    out.put("kept", c.replay().stream().map(ReplayEntry::id).toList());
    return out;
  }
}
