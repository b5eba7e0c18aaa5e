package io.millrace.serving.index;

import io.millrace.serving.embed.ModelVersion;
import java.io.Closeable;
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
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * Approximate nearest neighbors by cosine over the unit vectors of one version, in a folder of
 * their own: a hierarchical navigable small-world graph (Malkov and Yashunin 2016) for each of
 * Lucene's segments. The graph is built while vectors come; a commit keeps them together with the
 * positions they were read up to. Of equal vectors one is in the graph. One thread writes, any
 * number search.
 */
public final class VectorIndex implements AutoCloseable {
  private static final String POSITION = "position.";
  private static final String LOG = "log";
  private static final String COMMITTED = "committed";
  private static final String DIM = "dim";
  private static final String FORM = "form";
  // Of what a document holds: an index of another form is built anew.
  private static final String THIS_FORM = "5";
  private static final double BUFFER_MEBIBYTES = 64;
  private static final int MOST_UNSEEN_CHANGES = 100_000;

  private final ModelVersion version;
  private final SearchSettings settings;
  private final Directory directory;
  private final ConcurrentMergeScheduler merges = new ConcurrentMergeScheduler();
  private final IndexWriter writer;
  private final SearcherManager searchers;
  private final VectorGroups groups;
  private IndexSearcher seen;
  private final Map<Integer, Long> positions = new TreeMap<>();
  private final String log;
  private final long committedMillis;
  private volatile int dim;
  private volatile boolean damaged;

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
    if (!kept.getOrDefault(LOG, log).equals(log)
        || !kept.getOrDefault(FORM, kept.isEmpty() ? THIS_FORM : "1").equals(THIS_FORM)) {
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
    seen = searchers.acquire();
    groups = new VectorGroups(seen);
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
    VectorGroups.Written old = groups.of(image.imageId());
    BytesRef key = VectorGroups.key(image.vector());
    write(image, key);
    if (old != null && old.isNode() && !old.key().equals(key)) {
      appointNode(old.key());
    }
    if (groups.changes() >= MOST_UNSEEN_CHANGES) {
      refresh();
    }
  }

  /** Removes an image; searches miss it after {@link #refresh}. */
  public void remove(String imageId) throws IOException {
    VectorGroups.Written old = groups.of(imageId);
    writer.deleteDocuments(new Term(SegmentColumns.ID, imageId));
    groups.removed(imageId);
    if (old != null && old.isNode()) {
      appointNode(old.key());
    }
  }

  /** Makes a twin the node of a group that has lost its own. */
  private void appointNode(BytesRef key) throws IOException {
    IndexedVector twin = groups.anyTwin(key);
    if (twin != null) {
      write(twin, key);
    }
  }

  private void write(IndexedVector image, BytesRef key) throws IOException {
    boolean isTwin = groups.hasNode(key, image.imageId());
    var document = new Document();
    document.add(new StringField(SegmentColumns.ID, image.imageId(), Field.Store.NO));
    document.add(new BinaryDocValuesField(SegmentColumns.ID, new BytesRef(image.imageId())));
    document.add(new SortedDocValuesField(VectorGroups.GROUP, key));
    if (isTwin) {
      document.add(new StringField(VectorGroups.TWIN, key, Field.Store.NO));
      document.add(
          new BinaryDocValuesField(
              SegmentColumns.TWIN_VECTOR, new BytesRef(SegmentColumns.bytes(image.vector()))));
    } else {
      document.add(new StringField(VectorGroups.NODE, key, Field.Store.NO));
      document.add(
          new KnnFloatVectorField(
              SegmentColumns.VECTOR, image.vector(), VectorSimilarityFunction.DOT_PRODUCT));
    }
    String source = image.source();
    if (source != null) {
      document.add(new StringField(SegmentColumns.SOURCE, source, Field.Store.NO));
      document.add(new BinaryDocValuesField(SegmentColumns.SOURCE, new BytesRef(source)));
    }
    if (!image.headers().isEmpty()) {
      document.add(
          new BinaryDocValuesField(SegmentColumns.HEADERS, SegmentColumns.bytes(image.headers())));
      image
          .headers()
          .forEach(
              (name, value) ->
                  document.add(
                      new StringField(
                          SegmentColumns.HEADERS,
                          SegmentColumns.term(name, value),
                          Field.Store.NO)));
    }
    document.add(new LongPoint(SegmentColumns.TIME, image.timeMillis()));
    document.add(new NumericDocValuesField(SegmentColumns.TIME, image.timeMillis()));
    document.add(new NumericDocValuesField(SegmentColumns.PARTITION, image.partition()));
    document.add(new NumericDocValuesField(SegmentColumns.OFFSET, image.offset()));
    writer.updateDocument(new Term(SegmentColumns.ID, image.imageId()), document);
    groups.wrote(image.imageId(), new VectorGroups.Written(key, isTwin ? image : null));
  }

  /** Lets searches see what was written. */
  public void refresh() throws IOException {
    searchers.maybeRefreshBlocking();
    IndexSearcher now = searchers.acquire();
    searchers.release(seen);
    seen = now;
    groups.refreshed(now);
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
    data.put(FORM, THIS_FORM);
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
    return search(query, of, k, filter, candidates, null);
  }

  /**
   * The nearest images to one that is here, itself the first where it passes the filter; empty
   * where it is not here.
   */
  public List<Neighbor> searchById(String imageId, ModelVersion of, int k, SearchFilter filter)
      throws IOException {
    requireVersion(of);
    float[] query = vector(imageId);
    return query == null ? List.of() : search(query, of, k, filter, settings.candidates(), imageId);
  }

  private List<Neighbor> search(
      float[] query,
      ModelVersion of,
      int k,
      SearchFilter filter,
      int candidates,
      @Nullable String self)
      throws IOException {
    requireVersion(of);
    require(query);
    return with(
        searcher -> {
          int nodes = Math.max(k, candidates);
          var nearest = new KnnFloatVectorQuery(SegmentColumns.VECTOR, query, nodes, query(filter));
          ScoreDoc[] found = searcher.search(nearest, nodes).scoreDocs;
          return neighbors(
              searcher, new GroupSearch(searcher, query, k, filter).images(found, self));
        });
  }

  /**
   * The nearest images by looking at every one: the oracle that {@link #search} is held against.
   */
  public List<Neighbor> exact(float[] query, ModelVersion of, int k, SearchFilter filter)
      throws IOException {
    return exact(query, of, k, filter, null);
  }

  /** As {@link #searchById}, by looking at every image. */
  public List<Neighbor> exactById(String imageId, ModelVersion of, int k, SearchFilter filter)
      throws IOException {
    requireVersion(of);
    float[] query = vector(imageId);
    return query == null ? List.of() : exact(query, of, k, filter, imageId);
  }

  private List<Neighbor> exact(
      float[] query, ModelVersion of, int k, SearchFilter filter, @Nullable String self)
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
          return neighbors(
              searcher, new GroupSearch(searcher, query, k, filter).withFirst(ranked, self));
        });
  }

  /** An image's vector; null where there is none. */
  public float @Nullable [] vector(String imageId) throws IOException {
    return with(
        searcher ->
            VectorGroups.first(
                searcher, new Term(SegmentColumns.ID, imageId), SegmentColumns::vector));
  }

  private static void scan(
      IndexSearcher searcher,
      LeafReaderContext leaf,
      float[] query,
      int k,
      SearchFilter filter,
      PriorityQueue<ScoreDoc> best)
      throws IOException {
    var live = leaf.reader().getLiveDocs();
    var columns = new SegmentColumns(leaf);
    FloatVectorValues nodes = leaf.reader().getFloatVectorValues(SegmentColumns.VECTOR);
    BinaryDocValues twins = DocValues.getBinary(leaf.reader(), SegmentColumns.TWIN_VECTOR);
    for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
      if (live != null && !live.get(doc) || !columns.passes(filter, doc)) {
        continue;
      }
      float[] vector;
      if (twins.advanceExact(doc)) {
        vector = SegmentColumns.vector(twins.binaryValue());
      } else if (nodes != null && nodes.docID() < doc && nodes.advance(doc) == doc
          || nodes != null && nodes.docID() == doc) {
        vector = nodes.vectorValue();
      } else {
        continue;
      }
      best.add(new ScoreDoc(leaf.docBase + doc, GroupSearch.score(query, vector)));
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
    SegmentColumns columns = null;
    for (ScoreDoc hit : byDoc) {
      LeafReaderContext leaf = leaf(searcher, hit.doc);
      if (columns == null || columns.leaf != leaf) {
        columns = new SegmentColumns(leaf);
      }
      known.put(hit, columns.neighbor(hit));
    }
    return Arrays.stream(found).map(known::get).toList();
  }

  private static LeafReaderContext leaf(IndexSearcher searcher, int doc) {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    return leaves.get(ReaderUtil.subIndex(doc, leaves));
  }

  private static @Nullable Query query(SearchFilter filter) {
    var all = new BooleanQuery.Builder();
    String source = filter.source();
    if (source != null) {
      all.add(new TermQuery(new Term(SegmentColumns.SOURCE, source)), BooleanClause.Occur.FILTER);
    }
    filter
        .headers()
        .forEach(
            (name, value) ->
                all.add(
                    new TermQuery(
                        new Term(SegmentColumns.HEADERS, SegmentColumns.term(name, value))),
                    BooleanClause.Occur.FILTER));
    Long from = filter.fromMillis();
    Long until = filter.untilMillis();
    if (from != null || until != null) {
      all.add(
          LongPoint.newRangeQuery(
              SegmentColumns.TIME,
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
    } catch (IOException e) {
      damaged = true;
      throw e;
    } catch (InternalError e) {
      // A mapped file that was cut short.
      damaged = true;
      throw new IOException("the files of " + version + " can't be read", e);
    } finally {
      searchers.release(searcher);
    }
  }

  /** Whether reading its files has failed: what they hold is to be read from the topic again. */
  public boolean isDamaged() {
    return damaged;
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
    // Each is closed whatever the one before says: a damaged index must let go of its lock.
    try (directory;
        Closeable last = writer::rollback;
        searchers) {
      searchers.release(seen);
    }
  }
}
