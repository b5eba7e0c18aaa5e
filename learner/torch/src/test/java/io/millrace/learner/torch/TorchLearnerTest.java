package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
import io.millrace.learner.evaluate.FeatureExtractor;
import io.millrace.learner.evaluate.Features;
import io.millrace.learner.evaluate.LabeledImages;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.learner.loop.Idle;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.loop.LearnerLoop;
import io.millrace.learner.loop.LearnerMetrics;
import io.millrace.learner.loop.LearnerParts;
import io.millrace.learner.loop.LearnerSettings;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.bow.ObowSettings;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.AnnealSettings;
import io.millrace.learner.release.BackboneWeights;
import io.millrace.learner.release.GateSettings;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.release.ReleaseSettings;
import io.millrace.learner.release.ReleasedWeights;
import io.millrace.learner.release.WhiteningSettings;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.testing.StopAtTheEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The learner with the methods themselves on libtorch. */
@Timeout(120)
class TorchLearnerTest {
  private static final Lineage ANY = new Lineage(999, List.of());
  private static final Preprocessing SMALL = Preprocessing.defaults().withSize(16);

  @TempDir Path directory;
  private final MemoryLeases leases = new MemoryLeases();
  private final MemoryReleaseLog releases = new MemoryReleaseLog();
  private Engine engine;

  @BeforeEach
  void openEngine() {
    engine = TorchEngine.open(EngineOptions.cpu(Precision.FLOAT32));
  }

  @AfterEach
  void closeEngine() {
    engine.close();
  }

  private static Method method(String name) {
    var model = new ModelSettings(3, BackboneSettings.defaults().withWidth(0.125), SMALL);
    if (name.equals("byol")) {
      ByolSettings d = ByolSettings.defaults();
      return Methods.create(
          name,
          model,
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
    ObowSettings d = ObowSettings.defaults();
    return Methods.create(
        name,
        model,
        new ObowSettings(
            d.crops().withSize(16),
            d.patches(),
            d.levels(),
            32,
            d.vocabularyUpdate(),
            d.assignment(),
            d.inverseDelta(),
            d.distanceMomentum(),
            d.pooling(),
            d.kappa(),
            d.teacherMomentum(),
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

  private static MemoryImageFeed log() {
    var feed = new MemoryImageFeed(2, 100);
    for (int i = 0; i < 27; i++) {
      feed.append(i % 2, "i" + i, new byte[] {(byte) i});
    }
    return feed;
  }

  private LearnerStatus run(String method, Path store, long stopAt, @Nullable ProbeImages probe)
      throws IOException {
    return run(method, 1, store, stopAt, probe);
  }

  private LearnerStatus run(
      String method, int shards, Path store, long stopAt, @Nullable ProbeImages probe)
      throws IOException {
    return run(
        method,
        shards,
        store,
        stopAt,
        probe,
        new ReleaseSettings(4, 0, 0, true, GateSettings.defaults()),
        directory.resolve("releases"));
  }

  private LearnerStatus run(
      String method,
      int shards,
      Path store,
      long stopAt,
      @Nullable ProbeImages probe,
      ReleaseSettings release,
      Path folder)
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
                new CheckpointSettings(5, 0, 3, true),
                release,
                new MonitorSettings(6, 16, 16),
                new ProbeSettings(0, 3, 100, 100))
            .withShards(shards);
    var loop = new AtomicReference<@Nullable LearnerLoop>();
    var listener =
        new LearnerListener() {
          @Override
          public void updated(long step, StepReport report) {
            LearnerLoop l = loop.get();
            if (step == stopAt && l != null) {
              l.requestStop();
            }
          }
        };
    var made =
        new LearnerLoop(
            new LearnerParts(
                settings,
                engine,
                method(method),
                SMALL,
                log(),
                bytes -> new DecodeOutcome.Decoded(image(bytes[0])),
                CheckpointStore.open(store, 3),
                leases.lease("m"),
                new ReleasePublisher(releases, folder, DurableFiles.real(), InstantSource.system()),
                probe,
                Map.of("build", "test"),
                LearnerMetrics.NONE,
                listener,
                InstantSource.system()));
    loop.set(made);
    try (var end = new StopAtTheEnd(made)) {
      made.run();
    }
    return made.status();
  }

  private static Map<String, Object> learned(Path store) throws IOException {
    Checkpoint c = CheckpointStore.open(store, 3).restore(ANY).orElseThrow();
    var out = new TreeMap<String, Object>();
    c.state().tensors().forEach((name, tensor) -> out.put(name, tensor.values()));
    out.put("counters", c.state().counters());
    out.put("scalars", c.state().scalars());
    out.put("step", c.progress().step());
    out.put("position", c.position());
    return out;
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void aRunStoppedAndResumedEndsBitForBitAsOneNeverStopped(String method) throws IOException {
    run(method, directory.resolve("straight"), -1, null);
    Map<String, Object> expected = learned(directory.resolve("straight"));
    assertThat(expected.get("step")).isEqualTo(8L);
    for (int stop : new int[] {3, 6}) {
      Path store = directory.resolve("stopped" + stop);
      run(method, store, stop, null);
      assertThat(learned(store).get("step")).isEqualTo((long) stop);
      run(method, store, -1, null);
      Map<String, Object> actual = learned(store);
      assertThat(actual.keySet()).isEqualTo(expected.keySet());
      expected.forEach(
          (name, value) ->
              assertThat(actual.get(name)).as("%s, stopped at %d", name, stop).isEqualTo(value));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void theSameHoldsOfShards(String method) throws IOException {
    run(method, 4, directory.resolve("straight"), -1, null);
    Map<String, Object> expected = learned(directory.resolve("straight"));
    assertThat(expected.get("step")).isEqualTo(8L);
    Path store = directory.resolve("stopped");
    run(method, 4, store, 3, null);
    assertThat(learned(store).get("step")).isEqualTo(3L);
    run(method, 4, store, -1, null);
    Map<String, Object> actual = learned(store);
    expected.forEach((name, value) -> assertThat(actual.get(name)).as(name).isEqualTo(value));

    run(method, 1, directory.resolve("whole"), -1, null);
    assertThat(learned(directory.resolve("whole")).get("student.parameters"))
        .as("what batch statistics of the whole batch teach")
        .isNotEqualTo(expected.get("student.parameters"));
    assertThatThrownBy(() -> run(method, 2, store, -1, null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was saved with shards 4, the settings now say 2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void aReleaseLoadsAsTheNetworkThatWasLearned(String method) throws IOException {
    var images = new ArrayList<PixelImage>();
    var labels = new ArrayList<Integer>();
    for (int i = 100; i < 130; i++) {
      images.add(image(i));
      labels.add(i % 5);
    }
    var some = LabeledImages.ofPixels(images, labels);
    LearnerStatus status = run(method, directory.resolve("store"), -1, new ProbeImages(some, some));
    assertThat(status.releases()).isEqualTo(2);
    assertThat(status.release()).isEqualTo(2);
    assertThat(status.knn()).isNotNull();
    assertThat(status.monitors())
        .containsKeys(
            "featureStd",
            "rankMe",
            "alignment",
            "uniformity",
            "windowFeatureStd",
            "teacherDistance",
            "replayVisitsMean",
            "gradientNorm");
    assertThat(status.monitors().get("featureStd")).isGreaterThan(0);
    assertThat(status.phaseSeconds()).containsKeys("step", "wait", "checkpoint");

    List<ReleaseManifest> all = releases.releases("m");
    assertThat(all.stream().map(ReleaseManifest::step)).containsExactly(4L, 8L);
    ReleaseManifest last = all.get(1);
    var reader = new ReleaseReader(directory.resolve("releases"));
    Checkpoint saved =
        CheckpointStore.open(directory.resolve("store"), 3).restore(ANY).orElseThrow();
    try (LoadedRelease release = reader.load(last, engine)) {
      assertThat(release.network().parameters().toFloats())
          .isEqualTo(values(saved, last.representation() + ".parameters"));
      assertThat(release.network().statistics().toFloats())
          .isEqualTo(values(saved, last.representation() + ".statistics"));
      Features features =
          new FeatureExtractor(engine, release.view()).features(release.network(), images);
      assertThat(features.dim()).isEqualTo(last.featureDim());
      try (Network teacher = release.open("teacher")) {
        assertThat(teacher.parameters().toFloats()).isEqualTo(values(saved, "teacher.parameters"));
      }
      for (String tensor : last.tensors()) {
        assertThat(release.tensor(tensor).values()).isEqualTo(values(saved, tensor));
      }
      assertThat(last.tensors().isEmpty()).isEqualTo(method.equals("byol"));
    }

    Path weights = directory.resolve("releases").resolve(last.weights());
    byte[] whole = Files.readAllBytes(weights);
    whole[whole.length / 2] ^= 1;
    Files.write(weights, whole);
    assertThatThrownBy(() -> reader.load(last, engine))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("weights of release m@2 are cut or altered");
  }

  /** The release has cooled down; the learner, its checkpoints and replay know nothing of it. */
  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void anAnnealedReleaseChangesNothingThatIsLearned(String method) throws IOException {
    GateSettings gate = GateSettings.defaults();
    LearnerStatus asItLearns = run(method, directory.resolve("plain"), -1, null);
    ReleaseManifest plain = releases.releases("m").get(1);
    Path folder = directory.resolve("annealed-releases");
    LearnerStatus cooled =
        run(
            method,
            1,
            directory.resolve("annealed"),
            -1,
            null,
            new ReleaseSettings(
                4, 0, 0, true, gate, 0, new AnnealSettings(3, 1), WhiteningSettings.none()),
            folder);
    ReleaseManifest annealed = releases.releases("m").get(3);
    Map<String, Object> expected = learned(directory.resolve("plain"));
    Map<String, Object> actual = learned(directory.resolve("annealed"));
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((name, value) -> assertThat(actual.get(name)).as(name).isEqualTo(value));
    assertThat(replayed(directory.resolve("annealed")))
        .isEqualTo(replayed(directory.resolve("plain")));

    assertThat(annealed.step()).isEqualTo(plain.step()).isEqualTo(8);
    assertThat(annealed.monitors()).containsEntry("annealedUpdates", 3.0);
    assertThat(asItLearns.phaseSeconds()).containsKey("release").doesNotContainKey("anneal");
    assertThat(cooled.phaseSeconds()).containsKeys("release", "anneal");
    assertThat(annealed.monitors().get("featureStd"))
        .as("the gate sees the copy")
        .isNotEqualTo(plain.monitors().get("featureStd"));
    Checkpoint saved =
        CheckpointStore.open(directory.resolve("annealed"), 3).restore(ANY).orElseThrow();
    try (LoadedRelease release = new ReleaseReader(folder).load(annealed, engine)) {
      assertThat(release.network().parameters().toFloats())
          .isNotEqualTo(values(saved, annealed.representation() + ".parameters"));
    }
  }

  /** A stop gives up what cools down, and releases a copy that cooled down for its share. */
  @Test
  void aStopGivesUpAnAnnealingAndMakesItsOwn() throws IOException {
    var annealed =
        new ReleaseSettings(
            4,
            0,
            0,
            true,
            GateSettings.defaults(),
            0,
            new AnnealSettings(1_000_000, 0.5),
            WhiteningSettings.none());
    run("byol", 1, directory.resolve("stopped"), 4, null, annealed, directory.resolve("releases"));
    List<ReleaseManifest> made = releases.releases("m");
    assertThat(made).hasSize(1);
    assertThat(made.get(0).step()).isEqualTo(4);
    assertThat(made.get(0).monitors()).containsEntry("annealedUpdates", 2.0);
  }

  /** Whoever loads the release gets the student's features, whitened; the student is beside. */
  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void aWhitenedReleaseGivesOneVectorByEveryPath(String method) throws IOException {
    Path folder = directory.resolve("whitened");
    run(
        method,
        1,
        directory.resolve("store"),
        -1,
        null,
        new ReleaseSettings(
            4,
            0,
            0,
            true,
            GateSettings.defaults(),
            0,
            AnnealSettings.none(),
            new WhiteningSettings(true, 5, 1e-3, 24)),
        folder);
    ReleaseManifest last = releases.releases("m").get(1);
    assertThat(last.featureDim()).isEqualTo(5);
    assertThat(last.gate()).isEqualTo(ReleaseManifest.State.PROMOTED);
    assertThat(last.monitors()).containsKey("drift");
    var images = List.of(image(100), image(101), image(102));
    try (LoadedRelease release = new ReleaseReader(folder).load(last, engine);
        Network student = release.open("student");
        Network taught =
            ReleasedWeights.read(folder.resolve(last.weights())).open(engine, "released")) {
      var extractor = new FeatureExtractor(engine, release.view());
      float[] raw = extractor.features(student, images).values();
      float[] served = extractor.features(release.network(), images).values();
      var tensors = new ReleaseReader(folder).representation(last);
      float[] w = (float[]) tensors.get("whitening.weight").values();
      float[] b = (float[]) tensors.get("whitening.bias").values();
      int d = raw.length / 3;
      for (int i = 0; i < served.length; i++) {
        double sum = b[i % 5];
        for (int j = 0; j < d; j++) {
          sum += (double) w[i % 5 * d + j] * raw[i / 5 * d + j];
        }
        assertThat((double) served[i]).isCloseTo(sum, within(1e-3 * Math.max(1, Math.abs(sum))));
      }
      assertThat(extractor.features(taught, images).values()).isEqualTo(served);
    }
    // Another learner may begin from it: the whitening is left over.
    try (Network fresh =
        engine.network(BackboneSettings.defaults().withWidth(0.125).spec("student", 16))) {
      assertThat(BackboneWeights.read(folder.resolve(last.weights())).fill(fresh, engine))
          .contains("whitening.bias", "whitening.weight");
    }
  }

  private static List<List<Object>> replayed(Path store) throws IOException {
    Checkpoint c = CheckpointStore.open(store, 3).restore(ANY).orElseThrow();
    return c.replay().stream()
        .map(entry -> List.<Object>of(entry.id(), entry.order(), entry.visits()))
        .toList();
  }

  private static Object values(Checkpoint checkpoint, String name) {
    return java.util.Objects.requireNonNull(checkpoint.state().tensors().get(name)).values();
  }
}
