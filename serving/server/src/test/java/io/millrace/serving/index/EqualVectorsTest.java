package io.millrace.serving.index;

import static io.millrace.serving.index.SampleVectors.DIM;
import static io.millrace.serving.index.SampleVectors.cosine;
import static io.millrace.serving.index.SampleVectors.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.serving.embed.ModelVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images with equal vectors are found, and hide no others. */
class EqualVectorsTest {
  private static final ModelVersion V1 = new ModelVersion("m", 1);
  private static final long NOW = 1_000_000;

  @TempDir Path dir;
  private final TreeMap<String, IndexedVector> images = new TreeMap<>();

  /**
   * 30 % of the images are one and the same, or copies of a hundred others, or pairs; exactly, or
   * as embedded in batches of different sizes.
   */
  @ParameterizedTest
  @CsvSource({"1, 0", "100, 0", "1200, 0", "1, 1e-7", "100, 1e-7"})
  void aThirdOfEqualImagesLeavesRecallAsItWas(int distinct, double noise) throws IOException {
    var random = new Random(distinct);
    try (VectorIndex index = open()) {
      for (int i = 0; i < 4000; i++) {
        boolean copy = i % 10 < 3;
        float[] vector = vector(copy ? 1_000_000 + i % distinct : i);
        for (int j = 0; copy && j < DIM; j++) {
          vector[j] += (float) (noise * random.nextGaussian());
        }
        put(index, "i" + i, vector, i);
        if (i % 700 == 0) {
          index.refresh();
        }
      }
      index.refresh();
      assertRecall(index, random);
      var gone = new ArrayList<>(images.keySet());
      for (int i = 0; i < 1000; i++) {
        remove(index, gone.get((i * 7) % gone.size()));
      }
      index.refresh();
      assertRecall(index, random);
      index.commit(Map.of(0, 1L), NOW);
    }
    try (VectorIndex index = open()) {
      assertThat(index.size()).as("as of the commit").isEqualTo(images.size());
      assertRecall(index, random);
      index.merge();
      assertRecall(index, random);
    }
  }

  private void assertRecall(VectorIndex index, Random random) throws IOException {
    var ids = new ArrayList<>(images.keySet());
    SearchFilter half = new SearchFilter("camera-1", null, null);
    for (SearchFilter filter : List.of(SearchFilter.ALL, half)) {
      int hits = 0;
      int asked = 0;
      for (int q = 0; q < 30; q++) {
        String id = ids.get(random.nextInt(ids.size()));
        IndexedVector self = Objects.requireNonNull(images.get(id));
        List<Neighbor> found = index.searchById(id, V1, 10, filter);
        if (filter.passes(self.source(), self.timeMillis(), self.headers())) {
          assertThat(found.get(0).imageId()).isEqualTo(id);
          assertThat(index.exactById(id, V1, 10, filter).get(0).imageId()).isEqualTo(id);
        }
        assertThat(found).extracting(Neighbor::imageId).doesNotHaveDuplicates().hasSize(10);
        double tenth = truth(self.vector(), filter, 10).get(9);
        hits += (int) found.stream().filter(n -> n.cosine() >= tenth - 1e-6).count();
        asked += 10;
      }
      assertThat((double) hits / asked)
          .as("recall@10 with %s", filter)
          .isGreaterThanOrEqualTo(0.98);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void anyOrderOfChangesIsWhatAListOfImagesSays(int seed) throws IOException {
    var random = new Random(seed);
    VectorIndex index = open();
    try {
      for (int i = 0; i < 400; i++) {
        String id = "i" + random.nextInt(30);
        if (random.nextInt(3) == 0) {
          remove(index, id);
        } else {
          put(index, id, vector(random.nextInt(8)), random.nextInt(100));
        }
        if (random.nextInt(20) == 0) {
          index.refresh();
          assertSame(index);
        }
        if (random.nextInt(100) == 0) {
          index.refresh();
          index.commit(Map.of(0, (long) i), NOW);
          index.close();
          index = open();
          assertSame(index);
        }
      }
    } finally {
      index.close();
    }
  }

  private void assertSame(VectorIndex index) throws IOException {
    assertThat(index.size()).isEqualTo(images.size());
    for (SearchFilter filter : List.of(SearchFilter.ALL, new SearchFilter("camera-0", 10L, 80L))) {
      for (IndexedVector image : images.values()) {
        assertThat(index.vector(image.imageId())).isEqualTo(image.vector());
        List<Double> truth = truth(image.vector(), filter, 7);
        for (List<Neighbor> found :
            List.of(
                index.searchById(image.imageId(), V1, 7, filter),
                index.exactById(image.imageId(), V1, 7, filter))) {
          assertThat(found).hasSameSizeAs(truth);
          for (int i = 0; i < truth.size(); i++) {
            assertThat(found.get(i).cosine()).isEqualTo(truth.get(i), within(1e-5));
            IndexedVector known = Objects.requireNonNull(images.get(found.get(i).imageId()));
            assertThat(found.get(i).source()).isEqualTo(known.source());
            assertThat(found.get(i).timeMillis()).isEqualTo(known.timeMillis());
          }
        }
      }
    }
  }

  @Test
  void roundingSeldomPartsAGroupAndNothingElseJoinsOne() {
    var random = new Random(3);
    int parted = 0;
    for (int i = 0; i < 300; i++) {
      float[] vector = vector(i);
      float[] rounded = vector.clone();
      float[] other = vector.clone();
      for (int j = 0; j < DIM; j++) {
        rounded[j] += (float) (1e-7 * random.nextGaussian());
        other[j] += (float) (1e-3 * random.nextGaussian());
      }
      parted += VectorGroups.key(rounded).equals(VectorGroups.key(vector)) ? 0 : 1;
      assertThat(VectorGroups.key(other)).isNotEqualTo(VectorGroups.key(vector));
    }
    assertThat(parted).isLessThan(30);
    assertThat(VectorGroups.key(new float[] {1, -0f}))
        .isEqualTo(VectorGroups.key(new float[] {1, 0}));
  }

  private void put(VectorIndex index, String id, float[] vector, long time) throws IOException {
    var image = new IndexedVector(id, vector, "camera-" + time % 2, time);
    index.put(image);
    images.put(id, image);
  }

  private void remove(VectorIndex index, String id) throws IOException {
    index.remove(id);
    images.remove(id);
  }

  /** Cosines of the nearest images, the nearest first. */
  private List<Double> truth(float[] query, SearchFilter filter, int k) {
    return images.values().stream()
        .filter(i -> filter.passes(i.source(), i.timeMillis(), i.headers()))
        .map(i -> cosine(query, i.vector()))
        .sorted(Comparator.reverseOrder())
        .limit(k)
        .toList();
  }

  private VectorIndex open() throws IOException {
    return VectorIndex.open(dir.resolve("index"), V1, "log", SearchSettings.defaults(), NOW);
  }
}
