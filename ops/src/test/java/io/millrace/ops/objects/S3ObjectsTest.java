package io.millrace.ops.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.claim.ClaimFetch;
import io.millrace.ingest.claim.ClaimFetches;
import io.millrace.ingest.claim.ClaimSettings;
import io.millrace.ingest.claim.FetchOutcome;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.objects.ObjectPlace;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.release.GateSettings;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseDrafts;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseObjects;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.ops.config.S3Config;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects, claims and releases against an S3 server. */
class S3ObjectsTest {
  private static final String PLACE = "s3://models/birds/";

  @TempDir static Path dir;
  private static S3Server server;
  private static S3Objects objects;

  @BeforeAll
  static void start() throws IOException {
    // Where AWS' client looks first.
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
    server = new S3Server(dir, "models", "images");
    objects = new S3Objects(server.config());
  }

  @AfterAll
  static void stop() {
    if (objects != null) {
      objects.close();
    }
    if (server != null) {
      server.close();
    }
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  private static Path file(String name, byte[] bytes) throws IOException {
    return Files.write(dir.resolve(name), bytes);
  }

  @Test
  void putsReadsAndRemovesObjects() throws IOException {
    byte[] bytes = new byte[3 << 20];
    bytes[17] = 1;
    Path file = file("object", bytes);
    String key = "a folder/ü 1.bin";
    assertThat(objects.has("models", key, bytes.length)).isFalse();
    objects.put("models", key, file);
    assertThat(objects.has("models", key, bytes.length)).isTrue();
    assertThat(objects.has("models", key, 1)).isFalse();
    assertThat(objects.list("models", "a folder/")).containsExactly(Map.entry(key, 3L << 20));
    assertThat(objects.list("models", "another/")).isEmpty();
    try (InputStream in = objects.read("models", key)) {
      assertThat(in.readAllBytes()).isEqualTo(bytes);
    }
    objects.put("models", key, file("other", new byte[] {1}));
    try (InputStream in = objects.read("models", key)) {
      assertThat(in.readAllBytes()).containsExactly(1);
    }
    objects.delete("models", key);
    objects.delete("models", key);
    assertThatThrownBy(() -> objects.read("models", key))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("s3://models/" + key);
    assertThatThrownBy(() -> objects.read("nobodys", key)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void saysWhatItAskedForWhereNothingAnswers() {
    var nowhere =
        new S3Config(
            "http://127.0.0.1:9",
            "us-east-1",
            true,
            Duration.ofSeconds(1),
            Duration.ofMinutes(1),
            "",
            "");
    try (var away = new S3Objects(nowhere)) {
      assertThatThrownBy(() -> away.read("models", "a"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("s3://models/a");
    }
  }

  @Test
  void fetchesClaimedObjects() throws Exception {
    objects.put("images", "cam/a.png", file("image", new byte[] {1, 2, 3}));
    objects.put("images", "cam/large.png", file("large", new byte[2000]));
    ClaimSettings d = ClaimSettings.defaults();
    var settings =
        new ClaimSettings(
            List.of("s3://images/cam/"),
            "",
            false,
            1024,
            2,
            10,
            2,
            d.connectTimeout(),
            d.readTimeout(),
            Duration.ofMinutes(2));
    try (ClaimFetches fetches = ClaimFetches.of(settings, objects)) {
      assertThat(fetch(fetches, "s3://images/cam/a.png").bytes()).containsExactly(1, 2, 3);
      assertThat(fetch(fetches, "s3://images/cam/large.png").reason())
          .isEqualTo(RejectionReason.TOO_LARGE);
      assertThat(fetch(fetches, "s3://images/cam/none.png").detail()).isEqualTo("no such object");
      for (String other : List.of("s3://images/other.png", "s3://models/cam/a.png")) {
        assertThat(fetch(fetches, other).reason()).isEqualTo(RejectionReason.CLAIM_REFUSED);
      }
    }
    assertThatThrownBy(() -> ClaimFetches.of(settings, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("s3://");
  }

  private static FetchOutcome fetch(ClaimFetches fetches, String url) throws Exception {
    var done = new CompletableFuture<ClaimFetch>();
    fetches.fetch(url, done::complete);
    return done.get(3, TimeUnit.MINUTES).take();
  }

  @Test
  void aServerReadsReleasesWithoutALearnersFolder() throws IOException {
    var log = new MemoryReleaseLog();
    var releases = new ReleaseObjects(objects, ObjectPlace.parse(PLACE));
    Path learner = Files.createDirectory(dir.resolve("learner"));
    var publisher =
        new ReleasePublisher(
                log,
                learner,
                DurableFiles.real(),
                InstantSource.system(),
                GateSettings.defaults(),
                2)
            .withObjects(releases);
    ReleaseManifest first = publisher.publish(ReleaseDrafts.of(1));
    var reader = new ReleaseReader(dir.resolve("server"), releases);
    assertThat(reader.representation(first))
        .usingRecursiveComparison() // values are arrays
        .isEqualTo(new ReleaseReader(learner).representation(first));
    try (InputStream in = objects.read("models", "birds/m@1.json")) {
      assertThat(ReleaseManifest.fromJson(in.readAllBytes())).isEqualTo(first);
    }
    publisher.publish(ReleaseDrafts.of(2));
    publisher.publish(ReleaseDrafts.of(3));
    assertThat(objects.has("models", "birds/" + first.weights(), first.weightsBytes()))
        .as("retired")
        .isFalse();
  }
}
