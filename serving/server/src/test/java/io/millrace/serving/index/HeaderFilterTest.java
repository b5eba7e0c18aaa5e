package io.millrace.serving.index;

import static io.millrace.serving.index.SampleVectors.cosine;
import static io.millrace.serving.index.SampleVectors.vector;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.serving.embed.ModelVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Searches by header find what a list of images says, however few have it. */
class HeaderFilterTest {
  private static final ModelVersion V1 = new ModelVersion("m", 1);
  private static final int IMAGES = 4000;
  private static final int COPIES = 150;
  private static final long NOW = 1_000_000;

  @TempDir static Path dir;
  private static final List<IndexedVector> ALL = new ArrayList<>();

  /**
   * Every fifth image is one of a few; of every group of equals some have a header. Tests commit
   * nothing, so that each finds this.
   */
  @BeforeAll
  static void fill() throws IOException {
    try (VectorIndex index = open()) {
      for (int i = 0; i < IMAGES; i++) {
        float[] vector = vector(i % 5 == 0 ? 1_000_000 + i % COPIES : i);
        var image = new IndexedVector("i" + i, vector, "s" + i % 2, headers(i), i, 0, i);
        ALL.add(image);
        index.put(image);
        if (i % 900 == 0) {
          index.refresh();
        }
      }
      index.refresh();
      index.commit(Map.of(0, (long) IMAGES), NOW);
    }
  }

  private static SortedMap<String, String> headers(int i) {
    var out = new TreeMap<String, String>();
    if (i % 7 != 0) {
      out.put("half", "h" + i % 2);
      out.put("tenth", "t" + i % 10);
      out.put("hundredth", "Tür " + i % 100);
      out.put("traceparent", "00-" + i);
      if (i % 1000 == 3) {
        out.put("rare", "");
      }
    }
    return out;
  }

  @ParameterizedTest
  @CsvSource({
    "half, h1",
    "tenth, t5",
    "tenth, t3",
    "hundredth, Tür 17",
    "rare, ''",
    "traceparent, 00-1234",
    "half, none",
    "h, alf"
  })
  void findsTheNearestOfThoseThatHaveIt(String name, String value) throws IOException {
    assertSearches(new SearchFilter(null, null, null, Map.of(name, value)));
  }

  @Test
  void headersSourceAndTimeAllHold() throws IOException {
    assertSearches(new SearchFilter("s1", null, null, Map.of("tenth", "t5")));
    assertSearches(new SearchFilter("s0", 1000L, 3000L, Map.of("hundredth", "Tür 18")));
    assertSearches(
        new SearchFilter(null, 500L, null, Map.of("tenth", "t5", "hundredth", "Tür 15")));
    assertSearches(new SearchFilter(null, null, null, Map.of("tenth", "t5", "half", "h0")));
  }

  private void assertSearches(SearchFilter filter) throws IOException {
    try (VectorIndex index = open()) {
      int hits = 0;
      int asked = 0;
      for (int q = 0; q < 20; q++) {
        float[] query = q % 4 == 0 ? ALL.get(25 * q).vector() : vector(500_000 + q);
        List<IndexedVector> truth = truth(query, filter, 10);
        List<Neighbor> exact = index.exact(query, V1, 10, filter);
        List<Neighbor> found = index.search(query, V1, 10, filter);
        assertThat(exact).hasSameSizeAs(truth);
        assertThat(found).hasSameSizeAs(truth);
        for (int i = 0; i < truth.size(); i++) {
          double expected = cosine(query, truth.get(i).vector());
          assertThat(Math.abs(exact.get(i).cosine() - expected)).isLessThan(1e-5);
          hits += found.get(i).cosine() > expected - 1e-5 ? 1 : 0;
          asked++;
        }
        for (Neighbor n : found) {
          int number = Integer.parseInt(n.imageId().substring(1));
          assertThat(n.headers()).isEqualTo(headers(number)).containsAllEntriesOf(filter.headers());
        }
      }
      assertThat(hits).as("of %s with %s", asked, filter).isGreaterThanOrEqualTo(98 * asked / 100);
    }
  }

  @Test
  void aTwinThatTakesItsNodesPlaceKeepsItsHeaders() throws IOException {
    try (VectorIndex index = open()) {
      float[] query = ALL.get(5).vector();
      List<IndexedVector> equals =
          ALL.stream().filter(i -> java.util.Arrays.equals(i.vector(), query)).toList();
      assertThat(equals).hasSizeGreaterThan(10);
      for (IndexedVector image : equals.subList(0, equals.size() - 2)) {
        index.remove(image.imageId());
        index.refresh();
      }
      index.merge();
      for (IndexedVector left : equals.subList(equals.size() - 2, equals.size())) {
        Neighbor self = index.searchById(left.imageId(), V1, 1, SearchFilter.ALL).get(0);
        assertThat(self.imageId()).isEqualTo(left.imageId());
        assertThat(self.headers()).isEqualTo(left.headers());
      }
    }
  }

  @Test
  void anIndexOfTheFormerFormIsBuiltAnew() throws IOException {
    Path folder = dir.resolve("former");
    try (var directory = FSDirectory.open(folder);
        var writer = new IndexWriter(directory, new IndexWriterConfig())) {
      writer.setLiveCommitData(
          Map.of("log", "log", "form", "4", "dim", "24", "committed", "1", "position.0", "77")
              .entrySet());
      writer.commit();
    }
    try (VectorIndex index = VectorIndex.open(folder, V1, "log", SearchSettings.defaults(), 2)) {
      assertThat(index.positions()).as("the topic is read from its start").isEmpty();
    }
  }

  private List<IndexedVector> truth(float[] query, SearchFilter filter, int k) {
    return ALL.stream()
        .filter(i -> filter.passes(i.source(), i.timeMillis(), i.headers()))
        .sorted(Comparator.comparingDouble(i -> -cosine(query, i.vector())))
        .limit(k)
        .toList();
  }

  private static VectorIndex open() throws IOException {
    return VectorIndex.open(dir.resolve("index"), V1, "log", SearchSettings.defaults(), NOW);
  }
}
