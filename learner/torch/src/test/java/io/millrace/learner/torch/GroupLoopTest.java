package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.MemoryImageFeed;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointSettings;
import io.millrace.learner.checkpoint.CheckpointStore;
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
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.GateSettings;
import io.millrace.learner.release.ReleaseSettings;
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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole loop with a leader and a follower, against one process with the same shards. */
@Timeout(180)
class GroupLoopTest {
  private static final int SHARDS = 2;
  private static final Preprocessing SMALL = Preprocessing.defaults().withSize(16);

  @TempDir Path directory;

  @Test
  void aLeaderAndAFollowerSaveWhatOneProcessWithAllShardsSaves() throws Exception {
    run(directory.resolve("one"), 0, 1);
    Path two = directory.resolve("two");
    CheckpointStore.open(two, 3); // a leader has it before others look
    CompletableFuture<Void> follower =
        CompletableFuture.runAsync(
            () -> {
              try {
                run(two, 1, 2);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    run(two, 0, 2);
    follower.get(60, TimeUnit.SECONDS);
    Map<String, Object> expected = learned(directory.resolve("one"));
    Map<String, Object> actual = learned(two);
    assertThat(expected.get("step")).isEqualTo(8L);
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((name, value) -> assertThat(actual.get(name)).as(name).isEqualTo(value));
  }

  private void run(Path store, int rank, int size) throws IOException {
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
                  new CheckpointSettings(5, 0, 3, true),
                  new ReleaseSettings(0, 0, 0, false, GateSettings.defaults()),
                  new MonitorSettings(6, 16, 16),
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
                  null,
                  null,
                  Map.of(),
                  LearnerMetrics.NONE,
                  LearnerListener.NONE,
                  InstantSource.system()),
              new LearnerGroup(new Shards(SHARDS, size, rank), collectives));
      if (rank == 0) {
        try (var end = new StopAtTheEnd(loop)) {
          loop.run();
        }
      } else {
        loop.run();
      }
    }
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
    return out;
  }
}
