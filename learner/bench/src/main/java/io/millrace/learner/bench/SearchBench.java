package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Initialiser;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ResNets;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.index.IndexedVector;
import io.millrace.serving.index.Neighbour;
import io.millrace.serving.index.SearchFilter;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.FSDirectory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The search index against an exact scan and against Lucene used plainly. */
@Command(
    name = "search",
    description = "Recall@10 against an exact scan; queries per second ÷ Lucene's HNSW.")
final class SearchBench extends Benchmark {
  private static final int K = 10;
  private static final ModelVersion VERSION = new ModelVersion("bench", 1);

  @Option(
      names = "--vectors",
      defaultValue = "100000",
      description = "How many (${DEFAULT-VALUE}).")
  int vectors;

  @Option(names = "--queries", defaultValue = "500", description = "How many (${DEFAULT-VALUE}).")
  int queries;

  @Option(names = "--rounds", defaultValue = "5", description = "Rounds (${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--width",
      defaultValue = "1.0",
      description = "Width of the ResNet-18 that embeds; 1 gives 512 (${DEFAULT-VALUE}).")
  double width;

  @Override
  Result measure() throws Exception {
    List<float[]> all = embeddings(vectors + queries);
    List<float[]> held = all.subList(0, vectors);
    List<float[]> asked = all.subList(vectors, all.size());
    Path folder = Files.createTempDirectory("millrace-search-");
    SearchSettings settings = SearchSettings.defaults();
    try (VectorIndex index =
            VectorIndex.open(folder.resolve("ours"), VERSION, "bench", settings, 0);
        FSDirectory directory = FSDirectory.open(folder.resolve("plain"))) {
      long from = System.nanoTime();
      for (int i = 0; i < held.size(); i++) {
        index.put(new IndexedVector("i" + i, held.get(i), "bench", i));
      }
      index.refresh();
      double filled = (System.nanoTime() - from) / 1e9;
      double recallFilled = recall(index, asked);
      index.merge();
      fillPlain(directory, held);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        var plain = new IndexSearcher(reader);
        Rounds.Pair pair =
            Rounds.pair(
                1,
                rounds,
                () -> ours(index, asked),
                () -> plain(plain, asked, settings.candidates()));
        return new Result(
            "search",
            "Search over "
                + vectors
                + " × "
                + held.get(0).length
                + " embeddings, k = 10, one thread",
            List.of(
                row(
                    "recall@10 as filled", recallFilled,
                    "recall@10 merged", recall(index, asked),
                    "recall@10 plain Lucene",
                        recallPlain(plain, index, asked, settings.candidates()),
                    "queries/s", queries / pair.a(),
                    "queries/s plain Lucene", queries / pair.b(),
                    "ratio", pair.bOverA(),
                    "lowest", pair.low(),
                    "highest", pair.high(),
                    "vectors/s while filling", vectors / filled)));
      }
    } finally {
      VectorIndex.delete(folder);
    }
  }

  private static void ours(VectorIndex index, List<float[]> asked) throws IOException {
    for (float[] query : asked) {
      index.search(query, VERSION, K, SearchFilter.ALL);
    }
  }

  private static void plain(IndexSearcher plain, List<float[]> asked, int candidates)
      throws IOException {
    for (float[] query : asked) {
      ids(plain, query, candidates);
    }
  }

  private static Set<String> ids(IndexSearcher plain, float[] query, int candidates)
      throws IOException {
    var ids = new HashSet<String>();
    var stored = plain.storedFields();
    for (ScoreDoc hit :
        plain.search(new KnnFloatVectorQuery("vector", query, candidates), K).scoreDocs) {
      ids.add(stored.document(hit.doc).get("id"));
    }
    return ids;
  }

  private static Set<String> truth(VectorIndex index, float[] query) throws IOException {
    return index.exact(query, VERSION, K, SearchFilter.ALL).stream()
        .map(Neighbour::imageId)
        .collect(Collectors.toSet());
  }

  private static double recall(VectorIndex index, List<float[]> asked) throws IOException {
    long hits = 0;
    for (float[] query : asked) {
      Set<String> truth = truth(index, query);
      hits +=
          index.search(query, VERSION, K, SearchFilter.ALL).stream()
              .filter(n -> truth.contains(n.imageId()))
              .count();
    }
    return (double) hits / (K * asked.size());
  }

  private static double recallPlain(
      IndexSearcher plain, VectorIndex index, List<float[]> asked, int candidates)
      throws IOException {
    long hits = 0;
    for (float[] query : asked) {
      Set<String> found = ids(plain, query, candidates);
      found.retainAll(truth(index, query));
      hits += found.size();
    }
    return (double) hits / (K * asked.size());
  }

  private static void fillPlain(FSDirectory directory, List<float[]> held) throws IOException {
    try (var writer = new IndexWriter(directory, new IndexWriterConfig())) {
      for (int i = 0; i < held.size(); i++) {
        var document = new Document();
        document.add(new StoredField("id", "i" + i));
        document.add(
            new KnnFloatVectorField("vector", held.get(i), VectorSimilarityFunction.DOT_PRODUCT));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
    }
  }

  /** Embeddings of the synthetic stream's images by a network with its initial weights. */
  private List<float[]> embeddings(int count) throws IOException {
    var out = new ArrayList<float[]>(count);
    var view = new EvalView(Preprocessing.defaults().withSize(16));
    try (Stage stage = new Stage();
        Engine engine = Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
        Network network =
            engine.network(ResNets.spec("student", "resnet18", ResNets.Stem.SMALL, width, 16))) {
      Initialiser.initialise(engine, network, 1);
      List<PixelImage> batch = new ArrayList<>();
      for (ImageRecord image : Stage.synthetic(count)) {
        batch.add(stage.pixels(image));
        if (batch.size() == 256) {
          embed(engine, network, view, batch, out);
        }
      }
      embed(engine, network, view, batch, out);
    }
    return out;
  }

  private static void embed(
      Engine engine, Network network, EvalView view, List<PixelImage> batch, List<float[]> out) {
    if (batch.isEmpty()) {
      return;
    }
    try (var scope = engine.scope();
        var pass = network.forward(view.of(engine, batch), Mode.EVAL, false)) {
      float[] all = pass.output().toFloats();
      int dim = all.length / batch.size();
      for (int i = 0; i < batch.size(); i++) {
        out.add(
            Objects.requireNonNull(Embedding.of(Arrays.copyOfRange(all, i * dim, (i + 1) * dim)))
                .vector());
      }
    }
    batch.clear();
  }
}
