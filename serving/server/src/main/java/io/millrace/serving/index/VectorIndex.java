package io.millrace.serving.index;

import io.millrace.serving.embed.ModelVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.VectorUtil;
import org.jspecify.annotations.Nullable;

/**
 * Approximate nearest neighbors by cosine over the unit vectors of one version, in a folder of
 * their own: a hierarchical navigable small-world graph (Malkov and Yashunin 2016) for each of
 * Lucene's segments. The graph is built while vectors come; a commit keeps them together with the
 * positions they were read up to. One thread writes, any number search.
 */
public final class VectorIndex implements AutoCloseable {
  private static final String ID = "id";
  private static final String VECTOR = "vector";
  private static final String SOURCE = "source";
  private static final String TIME = "time";
  private static final String PARTITION = "partition";
  private static final String OFFSET = "offset";
  private static final String POSITION = "position.";
  private static final String LOG = "log";
  private static final String COMMITTED = "committed";
  private static final String DIM = "dim";
  private static final double BUFFER_MEBIBYTES = 64;

  private final ModelVersion version;
  private final SearchSettings settings;
  private final Directory directory;
  private final ConcurrentMergeScheduler merges = new ConcurrentMergeScheduler();
  private final IndexWriter writer;
  private final SearcherManager searchers;
  private final Map<Integer, Long> positions = new TreeMap<>();
  private final String log;
  private final long committedMillis;
  private volatile int dim;

  private VectorIndex(Path folder, ModelVersion version, String log, SearchSettings settings)
      throws IOException {
    this.version = version;
    this.settings = settings;
    Files.createDirectories(folder);
    directory = FSDirectory.open(folder);
    var config = new IndexWriterConfig();
    config.setCodec(HnswFormat.codec(settings));
    config.setUseCompoundFile(false);
    // A search goes through every segment's graph, so few large ones: twice as quick as by default.
    config.setRAMBufferSizeMB(BUFFER_MEBIBYTES);
    config.setMergeScheduler(merges);
    writer = new IndexWriter(directory, config);
    var kept = new HashMap<String, String>();
    Iterable<Map.Entry<String, String>> data = writer.getLiveCommitData();
    if (data != null) {
      data.forEach(e -> kept.put(e.getKey(), e.getValue()));
    }
    if (!kept.getOrDefault(LOG, log).equals(log)) {
      writer.deleteAll();
      kept.clear();
    }
    kept.forEach(
        (key, value) -> {
          if (key.startsWith(POSITION)) {
            positions.put(
                Integer.parseInt(key.substring(POSITION.length())), Long.parseLong(value));
          }
        });
    this.log = log;
    dim = Integer.parseInt(kept.getOrDefault(DIM, "0"));
    committedMillis = Long.parseLong(kept.getOrDefault(COMMITTED, "-1"));
    searchers = new SearcherManager(writer, true, false, new SearcherFactory());
  }

  /**
   * Opens what a folder holds, or begins an index in it. What was read from another log, or is
   * older than {@code settings.rebuildAfter}, or can't be read, is thrown away.
   *
   * @param log names the log that positions belong to, such as a topic's id
   * @param nowMillis wall clock
   */
  public static VectorIndex open(
      Path folder, ModelVersion version, String log, SearchSettings settings, long nowMillis)
      throws IOException {
    VectorIndex found;
    try {
      found = new VectorIndex(folder, version, log, settings);
    } catch (IOException | IllegalArgumentException e) {
      delete(folder);
      return new VectorIndex(folder, version, log, settings);
    }
    if (found.committedMillis >= 0
        && nowMillis - found.committedMillis > settings.rebuildAfter().toMillis()) {
      found.close();
      delete(folder);
      return new VectorIndex(folder, version, log, settings);
    }
    return found;
  }

  /** Removes an index from disk. */
  public static void delete(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** The version every vector here belongs to. */
  public ModelVersion version() {
    return version;
  }

  /** Components of a vector; 0 before the first. */
  public int dim() {
    return dim;
  }

  /** Next position by partition, as of the last commit that was found or made. */
  public Map<Integer, Long> positions() {
    return Map.copyOf(positions);
  }

  /** Images that a search can find now. */
  public int size() throws IOException {
    return with(searcher -> searcher.getIndexReader().numDocs());
  }

  /** Graphs that a search goes through: one for each of Lucene's segments. */
  public int segments() throws IOException {
    return with(searcher -> searcher.getIndexReader().leaves().size());
  }

  // Writing: one thread.

  /**
   * Adds an image or replaces it; searches find it after {@link #refresh}.
   *
   * @throws IllegalArgumentException when the vector's length is another
   */
  public void put(IndexedVector image) throws IOException {
    if (dim == 0) {
      dim = image.vector().length;
    }
    require(image.vector());
    var document = new Document();
    document.add(new StringField(ID, image.imageId(), Field.Store.NO));
    document.add(new BinaryDocValuesField(ID, new BytesRef(image.imageId())));
    document.add(
        new KnnFloatVectorField(VECTOR, image.vector(), VectorSimilarityFunction.DOT_PRODUCT));
    String source = image.source();
    if (source != null) {
      document.add(new StringField(SOURCE, source, Field.Store.NO));
      document.add(new BinaryDocValuesField(SOURCE, new BytesRef(source)));
    }
    document.add(new LongPoint(TIME, image.timeMillis()));
    document.add(new NumericDocValuesField(TIME, image.timeMillis()));
    document.add(new NumericDocValuesField(PARTITION, image.partition()));
    document.add(new NumericDocValuesField(OFFSET, image.offset()));
    writer.updateDocument(new Term(ID, image.imageId()), document);
  }

  /** Removes an image; searches miss it after {@link #refresh}. */
  public void remove(String imageId) throws IOException {
    writer.deleteDocuments(new Term(ID, imageId));
  }

  /** Lets searches see what was written. */
  public void refresh() throws IOException {
    searchers.maybeRefreshBlocking();
  }

  /**
   * Keeps what was written, and how far its log was read, together on disk.
   *
   * @param read next position by partition
   * @param nowMillis wall clock
   */
  public void commit(Map<Integer, Long> read, long nowMillis) throws IOException {
    positions.putAll(read);
    var data = new HashMap<String, String>();
    positions.forEach((partition, at) -> data.put(POSITION + partition, Long.toString(at)));
    data.put(LOG, log);
    data.put(DIM, Integer.toString(dim));
    data.put(COMMITTED, Long.toString(nowMillis));
    writer.setLiveCommitData(data.entrySet());
    writer.commit();
  }

  /** Waits for the merges that go on in the background, for measurements. */
  public void awaitMerges() throws IOException {
    merges.sync();
    refresh();
  }

  /** Merges everything into one graph, for measurements and after a long fill. */
  public void merge() throws IOException {
    writer.forceMerge(1);
    refresh();
  }

  // Searching: any thread.

  /**
   * The nearest images by the graph, the nearest first.
   *
   * @param query unit length
   * @param of the version that the query was made with
   * @throws OtherVersionException when that is not this index's
   */
  public List<Neighbor> search(float[] query, ModelVersion of, int k, SearchFilter filter)
      throws IOException {
    return search(query, of, k, filter, settings.candidates());
  }

  /**
   * The nearest images by the graph, the nearest first.
   *
   * @param candidates kept while searching, at least k: more find more of the true neighbors
   */
  public List<Neighbor> search(
      float[] query, ModelVersion of, int k, SearchFilter filter, int candidates)
      throws IOException {
    requireVersion(of);
    require(query);
    return with(
        searcher -> {
          var nearest =
              new KnnFloatVectorQuery(VECTOR, query, Math.max(k, candidates), query(filter));
          return neighbors(searcher, searcher.search(nearest, k).scoreDocs);
        });
  }

  /**
   * The nearest images by looking at every one: the oracle that {@link #search} is held against.
   */
  public List<Neighbor> exact(float[] query, ModelVersion of, int k, SearchFilter filter)
      throws IOException {
    requireVersion(of);
    require(query);
    return with(
        searcher -> {
          var best =
              new PriorityQueue<ScoreDoc>(
                  Comparator.<ScoreDoc>comparingDouble(d -> d.score)
                      .thenComparing(d -> d.doc, Comparator.reverseOrder()));
          for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            scan(searcher, leaf, query, k, filter, best);
          }
          ScoreDoc[] ranked = new ScoreDoc[best.size()];
          for (int i = ranked.length - 1; i >= 0; i--) {
            ranked[i] = java.util.Objects.requireNonNull(best.poll());
          }
          return neighbors(searcher, ranked);
        });
  }

  /** An image's vector; null where there is none. */
  public float @Nullable [] vector(String imageId) throws IOException {
    return with(
        searcher -> {
          TopDocs found = searcher.search(new TermQuery(new Term(ID, imageId)), 1);
          if (found.scoreDocs.length == 0) {
            return null;
          }
          int doc = found.scoreDocs[0].doc;
          LeafReaderContext leaf = leaf(searcher, doc);
          FloatVectorValues values = leaf.reader().getFloatVectorValues(VECTOR);
          return values == null
                  || values.advance(doc - leaf.docBase) == DocIdSetIterator.NO_MORE_DOCS
              ? null
              : values.vectorValue().clone();
        });
  }

  private static void scan(
      IndexSearcher searcher,
      LeafReaderContext leaf,
      float[] query,
      int k,
      SearchFilter filter,
      PriorityQueue<ScoreDoc> best)
      throws IOException {
    FloatVectorValues values = leaf.reader().getFloatVectorValues(VECTOR);
    if (values == null) {
      return;
    }
    var live = leaf.reader().getLiveDocs();
    BinaryDocValues sources = DocValues.getBinary(leaf.reader(), SOURCE);
    NumericDocValues times = DocValues.getNumeric(leaf.reader(), TIME);
    for (int doc = values.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = values.nextDoc()) {
      if (live != null && !live.get(doc)) {
        continue;
      }
      String source = sources.advanceExact(doc) ? sources.binaryValue().utf8ToString() : null;
      if (!times.advanceExact(doc) || !filter.passes(source, times.longValue())) {
        continue;
      }
      float dot = VectorUtil.dotProduct(query, values.vectorValue());
      best.add(new ScoreDoc(leaf.docBase + doc, Math.max((1 + dot) / 2, 0)));
      if (best.size() > k) {
        best.poll();
      }
    }
  }

  /** What is known of the images found, in the order found. */
  private static List<Neighbor> neighbors(IndexSearcher searcher, ScoreDoc[] found)
      throws IOException {
    ScoreDoc[] byDoc = found.clone();
    Arrays.sort(byDoc, Comparator.comparingInt(hit -> hit.doc));
    var known = new IdentityHashMap<ScoreDoc, Neighbor>();
    Columns columns = null;
    for (ScoreDoc hit : byDoc) {
      LeafReaderContext leaf = leaf(searcher, hit.doc);
      if (columns == null || columns.leaf != leaf) {
        columns = new Columns(leaf);
      }
      known.put(hit, columns.neighbor(hit));
    }
    return Arrays.stream(found).map(known::get).toList();
  }

  /** What a segment keeps of each image beside its vector; to be read in the order of documents. */
  private static final class Columns {
    private final LeafReaderContext leaf;
    private final BinaryDocValues ids;
    private final BinaryDocValues sources;
    private final NumericDocValues times;
    private final NumericDocValues partitions;
    private final NumericDocValues offsets;

    Columns(LeafReaderContext leaf) throws IOException {
      this.leaf = leaf;
      ids = DocValues.getBinary(leaf.reader(), ID);
      sources = DocValues.getBinary(leaf.reader(), SOURCE);
      times = DocValues.getNumeric(leaf.reader(), TIME);
      partitions = DocValues.getNumeric(leaf.reader(), PARTITION);
      offsets = DocValues.getNumeric(leaf.reader(), OFFSET);
    }

    Neighbor neighbor(ScoreDoc hit) throws IOException {
      int doc = hit.doc - leaf.docBase;
      return new Neighbor(
          String.valueOf(text(ids, doc)),
          2.0 * hit.score - 1,
          text(sources, doc),
          number(times, doc, 0),
          (int) number(partitions, doc, -1),
          number(offsets, doc, -1));
    }

    private static @Nullable String text(BinaryDocValues values, int doc) throws IOException {
      return values.advanceExact(doc) ? values.binaryValue().utf8ToString() : null;
    }

    private static long number(NumericDocValues values, int doc, long otherwise)
        throws IOException {
      return values.advanceExact(doc) ? values.longValue() : otherwise;
    }
  }

  private static LeafReaderContext leaf(IndexSearcher searcher, int doc) {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    return leaves.get(ReaderUtil.subIndex(doc, leaves));
  }

  private static @Nullable Query query(SearchFilter filter) {
    var all = new BooleanQuery.Builder();
    String source = filter.source();
    if (source != null) {
      all.add(new TermQuery(new Term(SOURCE, source)), BooleanClause.Occur.FILTER);
    }
    Long from = filter.fromMillis();
    Long until = filter.untilMillis();
    if (from != null || until != null) {
      all.add(
          LongPoint.newRangeQuery(
              TIME,
              from == null ? Long.MIN_VALUE : from,
              until == null ? Long.MAX_VALUE : Math.subtractExact(until, 1)),
          BooleanClause.Occur.FILTER);
    }
    BooleanQuery query = all.build();
    return query.clauses().isEmpty() ? null : query;
  }

  private interface Ask<T extends @Nullable Object> {
    T of(IndexSearcher searcher) throws IOException;
  }

  private <T extends @Nullable Object> T with(Ask<T> ask) throws IOException {
    IndexSearcher searcher = searchers.acquire();
    try {
      return ask.of(searcher);
    } finally {
      searchers.release(searcher);
    }
  }

  private void requireVersion(ModelVersion of) {
    if (!of.equals(version)) {
      throw new OtherVersionException(of, version);
    }
  }

  private void require(float[] vector) {
    if (dim != 0 && vector.length != dim) {
      throw new IllegalArgumentException(
          "vector has " + vector.length + " components: expected " + dim + ", as " + version);
    }
  }

  /** Closes without a commit: what was written since the last one is read again. */
  @Override
  public void close() throws IOException {
    searchers.close();
    writer.rollback();
    directory.close();
  }
}
