package io.millrace.learner.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.objects.ObjectPlace;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.checkpoint.MemoryObjects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaseObjectsTest {
  @TempDir Path learner;
  @TempDir Path server;

  private final MemoryReleaseLog log = new MemoryReleaseLog();
  private final MemoryObjects bucket = new MemoryObjects();
  private final ReleaseObjects objects =
      new ReleaseObjects(bucket, ObjectPlace.parse("s3://bucket/birds/"));

  private ReleasePublisher publisher() {
    return new ReleasePublisher(
            log, learner, DurableFiles.real(), InstantSource.system(), GateSettings.defaults(), 2)
        .withObjects(objects);
  }

  private ReleaseReader reader() {
    return new ReleaseReader(server, objects);
  }

  @Test
  void aServerWithAFolderOfItsOwnReadsWhatALearnerReleased() throws IOException {
    ReleaseManifest manifest = publisher().publish(ReleaseDrafts.of(1));
    String weights = "birds/" + manifest.weights();
    assertThat(bucket.done)
        .containsExactly("has " + weights, "put " + weights, "put birds/m@1.json");
    assertThat(bucket.content.get("bucket/birds/m@1.json")).isEqualTo(manifest.toJson());

    var there = new ReleaseReader(learner).representation(manifest);
    for (int i = 0; i < 2; i++) {
      assertThat(reader().representation(manifest))
          .usingRecursiveComparison() // values are arrays
          .isEqualTo(there);
    }
    assertThat(bucket.done).filteredOn(d -> d.startsWith("read")).as("one copy").hasSize(1);
    assertThatThrownBy(() -> new ReleaseReader(server).representation(manifest))
        .hasMessageContaining("is not there");
  }

  @Test
  void noManifestIsAnnouncedBeforeItsWeightsAreThere() throws IOException {
    bucket.away = true;
    assertThatThrownBy(() -> publisher().publish(ReleaseDrafts.of(1)))
        .hasMessage("the store is away");
    assertThat(log.releases("m")).isEmpty();
    bucket.away = false;
    ReleaseManifest manifest = publisher().finish("m").orElseThrow();
    assertThat(manifest.version()).isEqualTo(1);
    assertThat(reader().representation(manifest)).isNotEmpty();
    assertThat(publisher().finish("m")).isEmpty();
  }

  @Test
  void anAlteredObjectIsRefusedAndNoCopyOfItStays() throws IOException {
    ReleaseManifest manifest = publisher().publish(ReleaseDrafts.of(1));
    byte[] good = bucket.content.get("bucket/birds/" + manifest.weights());
    byte[] bad = good.clone();
    bad[bad.length - 1] ^= 1;
    bucket.content.put("bucket/birds/" + manifest.weights(), bad);
    assertThatThrownBy(() -> reader().representation(manifest))
        .hasMessageContaining("m@1 are cut or altered")
        .hasMessageContaining("s3://bucket/birds/" + manifest.weights());
    try (Stream<Path> files = Files.list(server.resolve("fetched"))) {
      assertThat(files).isEmpty();
    }
    bucket.content.put("bucket/birds/" + manifest.weights(), good);
    assertThat(reader().representation(manifest)).isNotEmpty();
    bucket.content.clear();
    assertThat(reader().representation(manifest)).as("from its copy").isNotEmpty();
  }

  @Test
  void retiredReleasesAreRemovedThereToo() throws IOException {
    List<ReleaseManifest> all = new ArrayList<>();
    for (int step = 1; step <= 4; step++) {
      all.add(publisher().publish(ReleaseDrafts.of(step)));
    }
    assertThat(bucket.content.keySet())
        .containsExactlyInAnyOrder(
            "bucket/birds/" + all.get(2).weights(),
            "bucket/birds/" + all.get(3).weights(),
            "bucket/birds/m@3.json",
            "bucket/birds/m@4.json");
  }

  @Test
  void aFewCopiesStay() throws IOException {
    var keepsAll =
        new ReleasePublisher(log, learner, DurableFiles.real(), InstantSource.system())
            .withObjects(objects);
    for (int step = 1; step <= 10; step++) {
      reader().representation(keepsAll.publish(ReleaseDrafts.of(step)));
    }
    try (Stream<Path> files = Files.list(server.resolve("fetched"))) {
      assertThat(files).hasSize(8).contains(server.resolve("fetched").resolve(last()));
    }
  }

  private String last() {
    List<ReleaseManifest> all = log.releases("m");
    return all.get(all.size() - 1).weights();
  }

  @Test
  void aPlaceIsABucketAndAFolder() {
    for (String place : List.of("s3://bucket", "bucket/", "s3:///a/", "s3://bucket/a", "")) {
      assertThatThrownBy(() -> ObjectPlace.parse(place))
          .hasMessageContaining("'" + place + "'")
          .hasMessageContaining("expected s3://BUCKET/");
    }
  }
}
