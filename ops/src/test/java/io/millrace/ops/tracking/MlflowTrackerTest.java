package io.millrace.ops.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.LearnerProgress;
import io.millrace.learner.checkpoint.TrainingCounters;
import io.millrace.learner.evaluate.KnnMetrics;
import io.millrace.learner.loop.LearnerState;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What MLflow gets, from a server that takes what the API documents and nothing else. */
@Timeout(120)
class MlflowTrackerTest {
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final long BEGAN = 1_800_000_000_000L;

  @TempDir Path folder;
  private StrictMlflow server;
  private final AtomicReference<TrackedReleases> releases =
      new AtomicReference<>(new TrackedReleases(List.of(), OptionalLong.empty()));
  private final AtomicInteger full = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private long now = BEGAN;

  @BeforeEach
  void start() throws IOException {
    server = StrictMlflow.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aRunHasParametersMetricsByStepAndReleasesWithTheirState() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "s3cret\n");
    server.authorization = "Bearer s3cret";
    releases.set(
        new TrackedReleases(
            List.of(
                release(1, ReleaseManifest.State.RETIRED),
                release(2, ReleaseManifest.State.PROMOTED),
                release(3, ReleaseManifest.State.REJECTED),
                release(4, ReleaseManifest.State.CANDIDATE)),
            OptionalLong.of(2)));
    var parameters = new HashMap<String, String>();
    for (int i = 0; i < 250; i++) {
      parameters.put("learner.key" + i, "x".repeat(i == 7 ? 9000 : 3));
    }
    try (var tracker = tracker(config(token.toString(), 100), parameters).start()) {
      offer(tracker, 10, 0.5, Map.of("featureStd", 0.04, "odd:name", 1.0, "absent", Double.NaN));
      offer(tracker, 20, 0.25, Map.of("featureStd", 0.04, "odd:name", 2.0));
      await().until(() -> values("loss").size() == 2);
    }
    StrictMlflow.Run run = server.run();
    assertThat(server.experiments).containsOnlyKeys("plant");
    assertThat(run.parameters).hasSize(250).containsEntry("learner.key7", "x".repeat(500));
    assertThat(values("loss")).containsExactly(0.5, 0.25);
    assertThat(values("knn")).containsExactly(41.5);
    assertThat(values("featureStd")).as("what has not changed is not sent").containsExactly(0.04);
    assertThat(values("odd_name")).containsExactly(1.0, 2.0);
    assertThat(run.metrics)
        .contains(new StrictMlflow.Metric("loss", 0.25, BEGAN + 1000, 20))
        .noneMatch(m -> m.key().equals("absent"));
    assertThat(run.status).isEqualTo("FINISHED");

    StrictMlflow.Model model = server.models.get("cells");
    assertThat(model.versions)
        .extracting(v -> v.tags().get(MlflowRegistry.VERSION_TAG))
        .as("a retired release has no files to register")
        .containsExactly("2", "3", "4");
    assertThat(model.versions)
        .extracting(v -> v.tags().get(MlflowRegistry.STATE_TAG))
        .containsExactly("serving", "rejected", "candidate");
    assertThat(model.aliases).containsExactly(Map.entry("serving", "1"));
    StrictMlflow.Version serving = model.versions.get(0);
    assertThat(serving.tags()).containsEntry("millrace.weights", "cells-2.safetensors");
    assertThat(serving.source())
        .isEqualTo("mlflow-artifacts:/1/" + serving.runId() + "/artifacts/releases/2");
    String manifest =
        server.artifacts.get("1/" + serving.runId() + "/artifacts/releases/2/manifest.json");
    assertThat(ReleaseManifest.fromJson(manifest.getBytes(StandardCharsets.UTF_8)).version())
        .isEqualTo(2);
    // The first request for the experiment and nothing else was refused.
    assertThat(server.refusals).singleElement().asString().startsWith("RESOURCE_DOES_NOT_EXIST");
  }

  @Test
  void aRestartGoesOnInTheRunAndAnotherConfigurationBeginsOne() throws IOException {
    releases.set(
        new TrackedReleases(
            List.of(
                release(1, ReleaseManifest.State.PROMOTED),
                release(2, ReleaseManifest.State.CANDIDATE)),
            OptionalLong.of(1)));
    for (int life = 0; life < 2; life++) {
      try (var tracker = tracker(config("", 100), Map.of("method", "byol")).start()) {
        offer(tracker, 10 * (life + 1), 1.0 - life, Map.of());
        int expected = life + 1;
        await().until(() -> values("loss").size() == expected);
      }
      releases.set(
          new TrackedReleases(
              List.of(
                  release(1, ReleaseManifest.State.REJECTED),
                  release(2, ReleaseManifest.State.PROMOTED)),
              OptionalLong.of(2)));
    }
    assertThat(server.run().metrics.stream().filter(m -> m.key().equals("loss")))
        .extracting(StrictMlflow.Metric::step)
        .containsExactly(10L, 20L);
    StrictMlflow.Model model = server.models.get("cells");
    assertThat(model.versions)
        .extracting(v -> v.tags().get(MlflowRegistry.STATE_TAG))
        .containsExactly("rejected", "serving");
    assertThat(model.aliases).containsExactly(Map.entry("serving", "2"));

    try (var tracker = tracker(config("", 100), Map.of("method", "dino")).start()) {
      offer(tracker, 30, 0.1, Map.of());
      await().until(() -> server.runs.size() == 2);
    }
    assertThat(server.runs.values())
        .extracting(r -> r.parameters.get("method"))
        .containsExactlyInAnyOrder("byol", "dino");
    assertThat(model.versions).hasSize(2);
  }

  @Test
  void aServerThatIsAwayCostsTheOldestPointsAndNobodyWaits() throws IOException {
    int port = server.port();
    server.close();
    try (var tracker = tracker(config(port, "", 3), Map.of()).start()) {
      for (int step = 1; step <= 5; step++) {
        offer(tracker, step, 1.0 / step, Map.of());
      }
      assertThat(full).hasValue(2);
      server = StrictMlflow.start(port);
      await().until(() -> values("loss").size() == 3);
    }
    assertThat(values("loss")).containsExactly(1.0 / 3, 1.0 / 4, 1.0 / 5);
    assertThat(full).hasValue(2);
    assertThat(refused).hasValue(0);
  }

  @Test
  void aServerThatHangsHoldsNothingBackAndErrorsAreTriedAgain() {
    server.gate = new CountDownLatch(1);
    try (var tracker = tracker(config("", 1000), Map.of()).start()) {
      for (int step = 1; step <= 500; step++) {
        offer(tracker, step, 1.0 / step, Map.of());
      }
      server.broken = 503;
      server.gate.countDown();
      offer(tracker, 501, 2, Map.of());
      server.broken = 0;
      await().until(() -> values("loss").size() == 501);
    }
    assertThat(full).hasValue(0);
    assertThat(server.run().metrics.size()).as("in several requests").isGreaterThan(1000);
    assertThat(values("loss")).endsWith(1.0 / 500, 2.0);
  }

  @Test
  void aRunThatWasRemovedIsMadeAgain() {
    try (var tracker = tracker(config("", 100), Map.of()).start()) {
      offer(tracker, 1, 1, Map.of());
      await().until(() -> values("loss").size() == 1);
      synchronized (server) {
        server.run().deleted = true;
      }
      offer(tracker, 2, 2, Map.of());
      await().until(() -> refused.get() == 1);
      offer(tracker, 3, 3, Map.of());
      await().until(() -> server.runs.size() == 2);
    }
    assertThat(server.runs.values().stream().filter(r -> !r.deleted))
        .singleElement()
        .satisfies(
            run ->
                assertThat(run.metrics.stream().filter(m -> m.key().equals("loss")))
                    .extracting(StrictMlflow.Metric::value)
                    .containsExactly(3.0));
  }

  @Test
  void aRefusedReleaseDoesNotKeepMetricsBack() {
    releases.set(
        new TrackedReleases(
            List.of(release(1, ReleaseManifest.State.PROMOTED)), OptionalLong.of(1)));
    var local = new MlflowConfig(server.uri(), "plant", "", "", "file:/data/releases", EVERY, 10);
    try (var tracker = tracker(local, Map.of()).start()) {
      offer(tracker, 1, 1, Map.of());
      await().until(() -> server.refusals.stream().anyMatch(r -> r.contains("local path")));
      offer(tracker, 2, 2, Map.of());
      await().until(() -> values("loss").size() == 2);
    }
    assertThat(server.run().status).isEqualTo("FINISHED");
    var shared = new MlflowConfig(server.uri(), "plant", "", "", "s3://models/r/", EVERY, 10);
    try (var tracker = tracker(shared, Map.of()).start()) {
      offer(tracker, 3, 3, Map.of());
      await().until(() -> values("loss").size() == 3);
    }
    assertThat(server.models.get("cells").versions)
        .extracting(StrictMlflow.Version::source)
        .containsExactly("s3://models/r/cells-1.safetensors");
  }

  @Test
  void aLearnerThatFailedEndsItsRunAsFailed() {
    try (var tracker = tracker(config("", 100), Map.of()).start()) {
      offer(tracker, 1, 1, Map.of());
      await().until(() -> values("loss").size() == 1);
      tracker.offer(status(LearnerState.FAILED, 2, 1, Map.of()));
    }
    assertThat(server.run().status).isEqualTo("FAILED");
  }

  @Test
  void credentialsComeFromAFileOrFromMlflowsVariables() throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "ada:lovelace\n");
    var both = config("", 10);
    var ofFile = new MlflowConfig("http://x", "e", "", file.toString(), "", EVERY, 10);
    String basic =
        "Basic "
            + Base64.getEncoder().encodeToString("ada:lovelace".getBytes(StandardCharsets.UTF_8));
    assertThat(MlflowCredentials.header(ofFile, Map.of())).hasValue(basic);
    assertThat(
            MlflowCredentials.header(
                both,
                Map.of("MLFLOW_TRACKING_USERNAME", "ada", "MLFLOW_TRACKING_PASSWORD", "lovelace")))
        .hasValue(basic);
    assertThat(MlflowCredentials.header(both, Map.of("MLFLOW_TRACKING_TOKEN", "t")))
        .hasValue("Bearer t");
    assertThat(MlflowCredentials.header(both, Map.of())).isEmpty();
    Files.writeString(file, "two\nlines");
    assertThatThrownBy(() -> MlflowCredentials.header(ofFile, Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("mlflow.passwordFile")
        .message()
        .doesNotContain("two");
    assertThatThrownBy(() -> new MlflowConfig("http://me:word@x", "e", "", "", "", EVERY, 10))
        .hasMessageContaining("uri is 'http://(not shown)@x'")
        .message()
        .doesNotContain("word@");
    assertThatThrownBy(() -> new MlflowConfig("x", "e", "", "", "", EVERY, 10))
        .hasMessageContaining("uri is 'x'");
    assertThatThrownBy(() -> new MlflowConfig("", "e", "a", "b", "", EVERY, 10))
        .hasMessageContaining("passwordFile is 'b'");
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(Duration.ofSeconds(60));
  }

  private MlflowConfig config(String tokenFile, int queue) {
    return config(server.port(), tokenFile, queue);
  }

  private static MlflowConfig config(int port, String tokenFile, int queue) {
    return new MlflowConfig("http://127.0.0.1:" + port, "plant", tokenFile, "", "", EVERY, queue);
  }

  private MlflowTracker tracker(MlflowConfig config, Map<String, String> parameters) {
    return new MlflowTracker(
        config,
        Map.of(),
        "cells",
        parameters,
        releases::get,
        (points, wasRefused) -> (wasRefused ? refused : full).addAndGet(points),
        () -> Instant.ofEpochMilli(now));
  }

  private void offer(MlflowTracker tracker, long step, double loss, Map<String, Double> monitors) {
    tracker.offer(status(LearnerState.LEARNING, step, loss, monitors));
    // Too soon for a point.
    tracker.offer(status(LearnerState.LEARNING, step, -1, Map.of()));
    now += EVERY.toMillis();
  }

  /** Empty before the run is there. */
  private List<Double> values(String key) {
    synchronized (server) {
      if (server.runs.isEmpty()) {
        return List.of();
      }
      return server.run().metrics.stream()
          .filter(m -> m.key().equals(key))
          .map(StrictMlflow.Metric::value)
          .toList();
    }
  }

  private static LearnerStatus status(
      LearnerState state, long step, double loss, Map<String, Double> monitors) {
    var counters = new TrainingCounters(step * 64, 0, 0, 0, 0, 0, 0, 0);
    List<Double> losses = List.of(loss);
    var progress =
        new LearnerProgress(step, 0, counters, -1, losses, losses, losses, losses, false);
    @Nullable String failure = state == LearnerState.FAILED ? "made up" : null;
    return new LearnerStatus(
        state,
        1,
        progress,
        250,
        0.03,
        Double.NaN,
        monitors,
        new KnnMetrics(20, 25, 41.5),
        OptionalLong.empty(),
        null,
        0,
        0,
        0,
        Double.NaN,
        0,
        0,
        Map.of(),
        failure);
  }

  private static ReleaseManifest release(long version, ReleaseManifest.State state) {
    var network = new NetworkSpec("backbone", List.of(3, 32, 32), List.of(), Set.of());
    return new ReleaseManifest(
        ReleaseManifest.FORMAT,
        "cells",
        version,
        "byol",
        "backbone",
        512,
        Map.of("backbone", network),
        List.of(),
        new EngineInfo("torch", "2.10", "cpu", "cpu", Precision.FLOAT32, 1, ""),
        "cells-" + version + ".safetensors",
        "00ff",
        4,
        Preprocessing.defaults(),
        "hash",
        "topic",
        Map.of(),
        100 * version,
        6400 * version,
        Map.of("featureStd", 0.04),
        state,
        state == ReleaseManifest.State.REJECTED ? "featureStd is 0.001" : "",
        Map.of(),
        Instant.EPOCH);
  }
}
