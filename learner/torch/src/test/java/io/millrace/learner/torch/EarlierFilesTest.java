package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.feed.MemoryImageFeed;
import io.millrace.ingest.stream.ReleasePointer;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.CheckpointSettings;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.MemoryLeases;
import io.millrace.learner.evaluate.FeatureExtractor;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.learner.loop.Idle;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.loop.LearnerLoop;
import io.millrace.learner.loop.LearnerMetrics;
import io.millrace.learner.loop.LearnerParts;
import io.millrace.learner.loop.LearnerSettings;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.bow.ObowSettings;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.joint.DinoSettings;
import io.millrace.learner.method.pretext.ColorizationSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.AlignmentSettings;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.MixSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.GateSettings;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.release.ReleaseSettings;
import io.millrace.learner.release.ReleasedWeights;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.testing.StopAtTheEnd;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints and a release that an earlier Millrace wrote still load, and learning goes on as it
 * went on there. The README beside the files says how they were made.
 *
 * <p>Numbers are held to a tolerance, for another CPU rounds in another order.
 */
@Timeout(120)
class EarlierFilesTest {
  private static final Lineage ANY = new Lineage(999, List.of());
  private static final Preprocessing SMALL = Preprocessing.defaults().withSize(16);
  private static final double TOLERANCE = 2e-3;

  @TempDir Path directory;
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
    var model = new ModelSettings(3, new BackboneSettings("vit-tiny", "small", 0.125, 4, 1), SMALL);
    ByolSettings b = ByolSettings.defaults();
    var byol =
        new ByolSettings(
            b.firstView().withSize(16),
            b.secondView().withSize(16),
            16,
            8,
            16,
            0.9,
            b.optimizer(),
            b.learningRate());
    return switch (name) {
      case "byol" -> Methods.create(name, model, byol);
      case "obow" -> Methods.create(name, model, obow());
      case "mix" ->
          Methods.create(
              "dino",
              model
                  .withAlignment(new AlignmentSettings(0.5, 0.99, 8))
                  .withMix(new MixSettings("colorization", 0.5, 0.5, 0, 0, false)),
              Map.of("dino", dino(), "colorization", colorization()));
      default -> throw new IllegalArgumentException("no files of '" + name + "'");
    };
  }

  private static ObowSettings obow() {
    ObowSettings d = ObowSettings.defaults();
    return new ObowSettings(
        d.crops().withSize(16),
        d.patches(),
        d.levels(),
        16,
        d.vocabularyUpdate(),
        d.assignment(),
        d.inverseDelta(),
        d.distanceMomentum(),
        d.pooling(),
        d.kappa(),
        d.teacherMomentum(),
        d.optimizer(),
        d.learningRate());
  }

  private static DinoSettings dino() {
    DinoSettings d = DinoSettings.defaults();
    return new DinoSettings(
        d.firstView().withSize(16),
        d.secondView().withSize(16),
        false,
        d.localViews(),
        16,
        8,
        16,
        d.studentTemperature(),
        d.firstTeacherTemperature(),
        d.teacherTemperature(),
        d.temperatureWarmUp(),
        2,
        d.centerMomentum(),
        d.teacherMomentum(),
        d.optimizer(),
        d.learningRate());
  }

  private static ColorizationSettings colorization() {
    ColorizationSettings d = ColorizationSettings.defaults();
    return new ColorizationSettings(
        d.view().withSize(16),
        20,
        10,
        d.uniformShare(),
        d.rarityMomentum(),
        d.grayThreshold(),
        8,
        1,
        d.optimizer(),
        d.learningRate());
  }

  private static PixelImage image(int number) {
    byte[] rgb = new byte[16 * 16 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (number * 37 + i * (number % 5 + 1) + (i / 48) * 11);
    }
    return new PixelImage(16, 16, rgb);
  }

  /** 30 images in two partitions, two that came before, a tombstone and one that is broken. */
  private static MemoryImageFeed log() {
    var feed = new MemoryImageFeed(2, 100);
    for (int i = 0; i < 30; i++) {
      feed.append(i % 2, "i" + i, new byte[] {(byte) i});
      if (i == 10) {
        feed.append("again", new byte[] {7});
        feed.append("broken", new byte[] {-1});
        feed.forget("i3");
      }
    }
    feed.append("once more", new byte[] {12});
    return feed;
  }

  private static DecodeOutcome decode(byte[] bytes) {
    return bytes[0] < 0
        ? new DecodeOutcome.Rejected(RejectionReason.CORRUPT, "it says so")
        : new DecodeOutcome.Decoded(image(bytes[0]));
  }

  /** Losses by update of a learner that goes on from what the store holds to the log's end. */
  private Map<Long, Double> learn(String name, Path store) throws IOException {
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
                name.equals("byol")
                    ? ReplaySettings.Policy.MINIMUM_REDUNDANCY
                    : ReplaySettings.Policy.RESERVOIR,
                12,
                1,
                16),
            new CheckpointSettings(0, 0, 3),
            new ReleaseSettings(3, 0, 0, false, GateSettings.defaults()),
            new MonitorSettings(4, 4, 8),
            new ProbeSettings(0, 3, 100, 100));
    var losses = new TreeMap<Long, Double>();
    var listener =
        new LearnerListener() {
          @Override
          public void updated(long step, StepReport report) {
            losses.put(step, report.loss());
          }
        };
    var made =
        new LearnerLoop(
            new LearnerParts(
                settings,
                engine,
                method(name),
                SMALL,
                log(),
                EarlierFilesTest::decode,
                CheckpointStore.open(store, 3),
                new MemoryLeases().lease("m"),
                new ReleasePublisher(
                    new MemoryReleaseLog(),
                    directory.resolve("releases"),
                    DurableFiles.real(),
                    InstantSource.system()),
                null,
                Map.of("build", "test"),
                LearnerMetrics.NONE,
                listener,
                InstantSource.system()));
    try (var end = new StopAtTheEnd(made)) {
      made.run();
    }
    return losses;
  }

  private static Checkpoint saved(Path store) throws IOException {
    return CheckpointStore.open(store, 3).restore(ANY).orElseThrow();
  }

  /** Features of three images by a network of a checkpoint. */
  private float[] features(String name, Checkpoint checkpoint, String network) {
    Method method = method(name);
    try (MethodState state = method.initialize(engine)) {
      state.restore(checkpoint.state());
      return features(state.network(network), new EvalView(SMALL));
    }
  }

  private float[] features(Network network, EvalView view) {
    List<PixelImage> images = List.of(image(100), image(101), image(102));
    return new FeatureExtractor(engine, view).features(network, images).values();
  }

  private static Path files(String folder) {
    try {
      return Path.of(
          Objects.requireNonNull(
                  EarlierFilesTest.class.getResource("/earlier-files/" + folder), folder)
              .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Properties expected(String folder) throws IOException {
    var out = new Properties();
    try (var in = Files.newBufferedReader(files(folder).resolve("expected.properties"))) {
      out.load(in);
    }
    return out;
  }

  private static double[] numbers(Properties expected, String key) {
    return Arrays.stream(expected.getProperty(key).split(", "))
        .mapToDouble(Double::parseDouble)
        .toArray();
  }

  private static double[] wide(float[] values) {
    double[] out = new double[values.length];
    Arrays.setAll(out, i -> values[i]);
    return out;
  }

  /** A copy of the stored checkpoints, for a learner to go on from. */
  private Path store(String name) throws IOException {
    Path from = files(name).resolve("checkpoints");
    Path to = directory.resolve(name);
    try (var walk = Files.walk(from)) {
      for (Path path : walk.toList()) {
        Path copy = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(path, copy);
        }
      }
    }
    return to;
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow", "mix"})
  void aCheckpointIsRestoredWhole(String name) throws IOException {
    Properties expected = expected(name);
    Checkpoint checkpoint = saved(store(name));
    assertThat(checkpoint.name()).isEqualTo(new CheckpointName(1, 5));
    assertThat(checkpoint.progress().step()).isEqualTo(5);
    assertThat(checkpoint.progress().pendingUpdates()).isEqualTo(1);
    assertThat(checkpoint.progress().counters().applied()).isEqualTo(23);
    assertThat(checkpoint.progress().counters().duplicates()).isEqualTo(1);
    assertThat(checkpoint.progress().counters().undecodable()).isEqualTo(1);
    assertThat(checkpoint.progress().counters().forgotten()).isEqualTo(1);
    assertThat(checkpoint.progress().released()).isEqualTo(3);
    assertThat(checkpoint.progress().firstLosses()).hasSize(5);
    assertThat(checkpoint.offered()).isEqualTo(23);
    assertThat(next(checkpoint)).containsExactly(13L, 13L);
    assertThat(checkpoint.position().seen().hashes()).hasSize(24);
    assertThat(
            checkpoint.replay().stream()
                .map(entry -> entry.id() + ":" + entry.order() + ":" + entry.visits())
                .toList())
        .isEqualTo(List.of(expected.getProperty("replay").split(", ")));
    for (String network : List.of("student", "teacher")) {
      assertThat(wide(features(name, checkpoint, network)))
          .as(network)
          .containsExactly(numbers(expected, network), within(TOLERANCE));
    }
  }

  private static List<Long> next(Checkpoint checkpoint) {
    return List.of(
        Objects.requireNonNull(checkpoint.position().partitions().get(0)).nextOffset(),
        Objects.requireNonNull(checkpoint.position().partitions().get(1)).nextOffset());
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow", "mix"})
  void learningGoesOnAsItDidThere(String name) throws IOException {
    Properties expected = expected(name);
    Path store = store(name);
    Map<Long, Double> losses = learn(name, store);
    assertThat(losses.keySet()).containsExactly(6L, 7L, 8L);
    assertThat(losses.values().stream().mapToDouble(Double::doubleValue).toArray())
        .containsExactly(numbers(expected, "losses"), within(TOLERANCE));
    Checkpoint end = saved(store);
    assertThat(end.progress().step()).isEqualTo(8);
    assertThat(end.progress().pendingUpdates()).isZero();
    assertThat(end.progress().counters().applied()).isEqualTo(30);
    assertThat(end.progress().counters().duplicates()).isEqualTo(2);
    assertThat(next(end)).containsExactly(19L, 15L);
    assertThat(wide(features(name, end, "student")))
        .containsExactly(numbers(expected, "student.end"), within(TOLERANCE));
  }

  @Test
  void aReleaseEmbedsAsItDidThere() throws IOException {
    Path folder = files("release");
    ReleaseManifest manifest =
        ReleaseManifest.fromJson(Files.readAllBytes(folder.resolve("manifest.json")));
    ReleasePointer pointer =
        ReleasePointer.fromJson(Files.readAllBytes(folder.resolve("pointer.json")));
    assertThat(pointer.model() + "@" + pointer.version()).isEqualTo(manifest.key());
    assertThat(manifest.gate()).isEqualTo(ReleaseManifest.State.PROMOTED);
    assertThat(manifest.preprocessing().hash()).isEqualTo(manifest.preprocessingHash());
    assertThat(manifest.monitors()).containsKey("featureStd");
    double[] expected = numbers(expected("release"), "features");
    try (LoadedRelease release = new ReleaseReader(folder).load(manifest, engine);
        Network teacher = release.open("teacher")) {
      assertThat(wide(features(release.network(), release.view())))
          .containsExactly(expected, within(TOLERANCE));
      assertThat(teacher.layout()).isEqualTo(release.network().layout());
      assertThat(manifest.tensors()).hasSize(4);
      for (String tensor : manifest.tensors()) {
        assertThat(release.tensor(tensor).shape()).as(tensor).isNotEmpty();
      }
    }
    ReleasedWeights alone = ReleasedWeights.read(folder.resolve(manifest.weights()));
    try (Network network = alone.open(engine, "alone")) {
      assertThat(wide(features(network, new EvalView(alone.preprocessing()))))
          .containsExactly(expected, within(TOLERANCE));
    }
  }
}
