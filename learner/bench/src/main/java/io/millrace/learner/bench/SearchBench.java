package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.learner.tensor.Precision;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.index.IndexedVector;
import io.millrace.serving.index.Neighbor;
import io.millrace.serving.index.SearchFilter;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The search index against an exact scan and against Lucene used plainly, at equal recall: Lucene's
 * candidates are the fewest with which it finds as many of the true neighbors as the index does,
 * and then both are timed in turns.
 */
@Command(
    name = "search",
    description = "Recall@10 against an exact scan; queries per second ÷ Lucene's at equal recall.")
final class SearchBench extends Benchmark {
  private static final int K = 10;
  private static final ModelVersion VERSION = new ModelVersion("bench", 1);
  private static final List<Integer> SWEEP = List.of(10, 25, 50, 100, 200, 400);
  private static final int MOST_CANDIDATES = 1000;
  private static final int REMOVE_EVERY = 10;

  @Option(names = "--images", required = true, description = "Images, as the demo takes them.")
  Path images;

  @Option(
      names = "--data-dir",
      required = true,
      description = "Folder of a demo that has ended; its newest release embeds.")
  Path dataDir;

  @Option(
      names = "--vectors",
      defaultValue = "100000",
      description =
          "How many (${DEFAULT-VALUE}); mirror images where there are too few images to stream.")
  int vectors;

  @Option(
      names = "--queries",
      defaultValue = "1000",
      description = "Held-out images to ask about (${DEFAULT-VALUE}).")
  int queries;

  @Option(names = "--rounds", defaultValue = "5", description = "Rounds (${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--precision",
      defaultValue = "FLOAT32",
      description = "Of the network that embeds (${DEFAULT-VALUE}).")
  Precision precision;

  @Option(
      names = "--cache",
      description = "File for the embeddings, so that they are computed once.")
  Path cache;

  SearchBench() throws IOException {
    this.images = Path.of("");
    this.dataDir = Path.of("");
    this.precision = Precision.FLOAT32;
    this.cache = Files.createTempDirectory("millrace-search-").resolve("embeddings");
  }

  @Override
  Result measure() throws Exception {
    DemoRelease release = DemoRelease.newest(dataDir);
    ReleaseEmbeddings all =
        ReleaseEmbeddings.of(release, images, vectors, queries, precision, cache);
    Path folder = Files.createTempDirectory("millrace-search-");
    var rows = new ArrayList<Map<String, Object>>();
    try (VectorIndex index =
            VectorIndex.open(
                folder.resolve("ours"), VERSION, "bench", SearchSettings.defaults(), 0);
        var plain = new PlainLucene(folder.resolve("plain"))) {
      double ours = fill(index, all.held());
      double theirs = plain.fill(all.held());
      System.err.printf("filled: %.0f and %.0f vectors/s%n", vectors / ours, vectors / theirs);
      index.awaitMerges();
      plain.awaitMerges();
      compare("as filled", index, plain, all.asked(), rows);
      index.merge();
      plain.merge();
      compare("merged", index, plain, all.asked(), rows);
      for (int i = 0; i < vectors; i += REMOVE_EVERY) {
        index.remove(PlainLucene.id(i));
        plain.remove(PlainLucene.id(i));
      }
      index.refresh();
      plain.refresh();
      compare("merged, a tenth removed", index, plain, all.asked(), rows);
    } finally {
      VectorIndex.delete(folder);
    }
    return new Result(
        "search",
        "Search over "
            + vectors
            + " × "
            + all.held().get(0).length
            + " embeddings of "
            + images.getFileName()
            + " by "
            + release.manifest().key()
            + " ("
            + release.manifest().method()
            + "), k = 10, one thread",
        rows);
  }

  private static double fill(VectorIndex index, List<float[]> held) throws IOException {
    long from = System.nanoTime();
    for (int i = 0; i < held.size(); i++) {
      index.put(new IndexedVector(PlainLucene.id(i), held.get(i), "bench", i));
    }
    index.refresh();
    return (System.nanoTime() - from) / 1e9;
  }

  /** Finds the ids of the nearest. */
  private interface Search {
    Set<String> ids(float[] query) throws IOException;
  }

  private void compare(
      String state,
      VectorIndex index,
      PlainLucene plain,
      List<float[]> asked,
      List<Map<String, Object>> rows)
      throws Exception {
    List<Set<String>> truth = new ArrayList<>();
    for (float[] query : asked) {
      truth.add(ids(index.exact(query, VERSION, K, SearchFilter.ALL)));
    }
    var known = new HashMap<Integer, Double>();
    IntToDoubleFunction plainRecall =
        candidates ->
            known.computeIfAbsent(candidates, c -> recall(q -> plain.ids(q, K, c), asked, truth));
    for (int candidates : SWEEP) {
      Search ours = q -> ids(index.search(q, VERSION, K, SearchFilter.ALL, candidates));
      double recall = recall(ours, asked, truth);
      int equal = fewest(recall, plainRecall);
      Search theirs = q -> plain.ids(q, K, equal);
      Rounds.Pair pair = Rounds.pair(1, rounds, () -> ask(ours, asked), () -> ask(theirs, asked));
      rows.add(
          row(
              "index",
              state,
              "segments",
              index.segments(),
              "candidates",
              candidates,
              "recall@10",
              recall,
              "queries/s",
              asked.size() / pair.a(),
              "Lucene's segments",
              plain.segments(),
              "Lucene's candidates",
              equal,
              "its recall@10",
              plainRecall.applyAsDouble(equal),
              "its queries/s",
              asked.size() / pair.b(),
              "ratio",
              pair.bOverA(),
              "lowest",
              pair.low(),
              "highest",
              pair.high()));
      System.err.println(rows.get(rows.size() - 1));
    }
  }

  /** The fewest candidates with which Lucene finds no less than we do. */
  private static int fewest(double recall, IntToDoubleFunction plainRecall) {
    int low = K;
    int high = MOST_CANDIDATES;
    while (low < high) {
      int middle = (low + high) / 2;
      if (plainRecall.applyAsDouble(middle) >= recall) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private static void ask(Search search, List<float[]> asked) throws IOException {
    for (float[] query : asked) {
      search.ids(query);
    }
  }

  private static double recall(Search search, List<float[]> asked, List<Set<String>> truth) {
    long hits = 0;
    for (int i = 0; i < asked.size(); i++) {
      try {
        Set<String> found = search.ids(asked.get(i));
        hits += truth.get(i).stream().filter(found::contains).count();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return (double) hits / (K * asked.size());
  }

  private static Set<String> ids(List<Neighbor> found) {
    return found.stream().map(Neighbor::imageId).collect(Collectors.toCollection(HashSet::new));
  }
}
