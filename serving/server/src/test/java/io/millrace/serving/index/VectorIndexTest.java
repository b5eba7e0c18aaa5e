package io.millrace.serving.index;

import static io.millrace.serving.index.SampleVectors.DIM;
import static io.millrace.serving.index.SampleVectors.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.serving.embed.ModelVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorIndexTest {
  private static final ModelVersion V1 = new ModelVersion("m", 1);
  private static final ModelVersion V2 = new ModelVersion("m", 2);
  private static final long NOW = 1_000_000;

  @TempDir Path dir;

  @Test
  void findsWhatAnExactScanFinds() throws IOException {
    try (VectorIndex index = open("log", NOW)) {
      fill(index, 0, 3000);
      int hits = 0;
      int asked = 0;
      for (int q = 0; q < 50; q++) {
        float[] query = vector(100_000 + q);
        List<Neighbor> found = index.search(query, V1, 10, SearchFilter.ALL);
        List<Neighbor> all = index.exact(query, V1, 10, SearchFilter.ALL);
        assertThat(all).hasSize(10);
        assertThat(found).isSortedAccordingTo((a, b) -> Double.compare(b.cosine(), a.cosine()));
        Set<String> truth = ids(all);
        hits += (int) found.stream().filter(n -> truth.contains(n.imageId())).count();
        asked += 10;
      }
      assertThat((double) hits / asked).as("recall").isGreaterThanOrEqualTo(0.98);
    }
  }

  @Test
  void exactScanIsTheDotProduct() throws IOException {
    try (VectorIndex index = open("log", NOW)) {
      fill(index, 0, 200);
      float[] query = vector(7);
      Neighbor first = index.exact(query, V1, 1, SearchFilter.ALL).get(0);
      assertThat(first.imageId()).isEqualTo("i7");
      assertThat(first.cosine()).isEqualTo(1, within(1e-5));
      Neighbor tenth = index.exact(query, V1, 10, SearchFilter.ALL).get(9);
      float[] other = Objects.requireNonNull(index.vector(tenth.imageId()));
      double dot = 0;
      for (int i = 0; i < DIM; i++) {
        dot += query[i] * other[i];
      }
      assertThat(tenth.cosine()).isEqualTo(dot, within(1e-5));
      assertThat(other).isEqualTo(vector(Integer.parseInt(tenth.imageId().substring(1))));
    }
  }

  @Test
  void filtersBySourceAndTime() throws IOException {
    try (VectorIndex index = open("log", NOW)) {
      fill(index, 0, 600);
      var filter = new SearchFilter("camera-1", 200L, 400L);
      List<Neighbor> found = index.search(vector(3), V1, 20, filter);
      assertThat(found).hasSize(20).isEqualTo(index.exact(vector(3), V1, 20, filter));
      assertThat(found)
          .allSatisfy(
              n -> {
                assertThat(n.source()).isEqualTo("camera-1");
                assertThat(n.timeMillis()).isBetween(200L, 399L);
              });
      assertThat(index.search(vector(3), V1, 5, new SearchFilter("nowhere", null, null))).isEmpty();
    }
    assertThatThrownBy(() -> new SearchFilter(null, 5L, 5L)).hasMessageContaining("filter.from");
  }

  @Test
  void replacesAndRemoves() throws IOException {
    try (VectorIndex index = open("log", NOW)) {
      fill(index, 0, 300);
      index.remove("i7");
      index.put(new IndexedVector("i8", vector(7), null, 5, 2, 77));
      index.refresh();
      assertThat(index.size()).isEqualTo(299);
      assertThat(index.vector("i7")).isNull();
      Neighbor first = index.search(vector(7), V1, 1, SearchFilter.ALL).get(0);
      assertThat(first.imageId()).isEqualTo("i8");
      assertThat(first.source()).isNull();
      assertThat(first.partition()).isEqualTo(2);
      assertThat(first.offset()).isEqualTo(77);
      Neighbor other = index.search(vector(9), V1, 1, SearchFilter.ALL).get(0);
      assertThat(other.offset()).as("not said").isEqualTo(-1);
      assertThat(ids(index.search(vector(7), V1, 299, SearchFilter.ALL)))
          .hasSize(299)
          .doesNotContain("i7");
    }
  }

  @Test
  void comesBackAsOfTheLastCommit() throws IOException {
    try (VectorIndex index = open("log", NOW)) {
      fill(index, 0, 100);
      index.commit(Map.of(0, 60L, 3, 40L), NOW);
      fill(index, 100, 150); // never committed: a crash
    }
    try (VectorIndex index = open("log", NOW + 1)) {
      assertThat(index.size()).isEqualTo(100);
      assertThat(index.positions()).isEqualTo(Map.of(0, 60L, 3, 40L));
      assertThat(index.search(vector(42), V1, 1, SearchFilter.ALL).get(0).imageId())
          .isEqualTo("i42");
    }
  }

  @Test
  void startsAnewWhereTheLogIsAnotherOrTooMuchTimeHasGoneOrTheFilesAreBroken() throws IOException {
    try (VectorIndex index = open("log", NOW)) {
      fill(index, 0, 20);
      index.commit(Map.of(0, 20L), NOW);
    }
    long late = NOW + Duration.ofHours(12).toMillis() + 1;
    try (VectorIndex index = open("log", late)) {
      assertThat(index.size()).isZero();
      assertThat(index.positions()).isEmpty();
      fill(index, 0, 20);
      index.commit(Map.of(0, 20L), late);
    }
    try (VectorIndex index = open("another log", late)) {
      assertThat(index.size()).isZero();
      assertThat(index.positions()).isEmpty();
      fill(index, 0, 20);
      index.commit(Map.of(0, 20L), late);
    }
    try (var files = Files.list(dir.resolve("index"))) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith("seg")).toList()) {
        Files.write(file, new byte[] {1, 2, 3});
      }
    }
    try (VectorIndex index = open("another log", late)) {
      assertThat(index.size()).isZero();
    }
  }

  @Test
  void refusesVectorsOfAnotherVersionOrLength() throws IOException {
    try (VectorIndex index = open("log", NOW)) {
      fill(index, 0, 5);
      assertThatThrownBy(() -> index.search(vector(1), V2, 1, SearchFilter.ALL))
          .isInstanceOf(OtherVersionException.class)
          .hasMessageContaining("m@2")
          .hasMessageContaining("m@1");
      assertThatThrownBy(() -> index.search(new float[3], V1, 1, SearchFilter.ALL))
          .hasMessageContaining("3 components")
          .hasMessageContaining("expected 24");
      assertThatThrownBy(() -> index.put(new IndexedVector("x", new float[2], null, 0)))
          .hasMessageContaining("2 components");
    }
  }

  @Test
  void takesMoreComponentsThanLuceneAllows() throws IOException {
    try (VectorIndex index =
        VectorIndex.open(dir.resolve("wide"), V1, "log", SearchSettings.defaults(), NOW)) {
      float[] wide = new float[2048];
      wide[2047] = 1;
      index.put(new IndexedVector("wide", wide, null, 0));
      index.refresh();
      assertThat(index.search(wide, V1, 1, SearchFilter.ALL)).hasSize(1);
    }
  }

  @Test
  void settingsNameTheKey() {
    assertThatThrownBy(
            () ->
                new SearchSettings(
                    true, 16, 100, 0, 10, Duration.ofSeconds(1), Duration.ofHours(1)))
        .hasMessage("candidates is 0: expected 1 to 10000");
  }

  private VectorIndex open(String log, long now) throws IOException {
    return VectorIndex.open(dir.resolve("index"), V1, log, SearchSettings.defaults(), now);
  }

  private static void fill(VectorIndex index, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      index.put(new IndexedVector("i" + i, vector(i), "camera-" + i % 3, i));
      if (i % 500 == 0) {
        index.refresh(); // several segments, as while it fills
      }
    }
    index.refresh();
  }

  private static Set<String> ids(List<Neighbor> found) {
    return found.stream().map(Neighbor::imageId).collect(Collectors.toCollection(HashSet::new));
  }
}
