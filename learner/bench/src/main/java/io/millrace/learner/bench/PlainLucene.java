package io.millrace.learner.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BytesRef;

/** Lucene's HNSW as it comes: its default format and writer; ids in doc values, no other field. */
final class PlainLucene implements AutoCloseable {
  private final FSDirectory directory;
  private final ConcurrentMergeScheduler merges = new ConcurrentMergeScheduler();
  private final IndexWriter writer;
  private DirectoryReader reader;
  private IndexSearcher searcher;

  PlainLucene(Path folder) throws IOException {
    directory = FSDirectory.open(folder);
    writer = new IndexWriter(directory, new IndexWriterConfig().setMergeScheduler(merges));
    reader = DirectoryReader.open(writer);
    searcher = new IndexSearcher(reader);
  }

  /** Takes vectors in, the i-th as {@code id(i)}; seconds it took. */
  double fill(List<float[]> vectors) throws IOException {
    long from = System.nanoTime();
    for (int i = 0; i < vectors.size(); i++) {
      String id = id(i);
      var document = new Document();
      document.add(new StringField("id", id, Field.Store.NO));
      document.add(new BinaryDocValuesField("id", new BytesRef(id)));
      document.add(
          new KnnFloatVectorField("vector", vectors.get(i), VectorSimilarityFunction.DOT_PRODUCT));
      writer.updateDocument(new Term("id", id), document);
    }
    refresh();
    return (System.nanoTime() - from) / 1e9;
  }

  /** Id of the i-th vector. */
  static String id(int i) {
    return "i" + i;
  }

  void awaitMerges() throws IOException {
    merges.sync();
    refresh();
  }

  void merge() throws IOException {
    writer.forceMerge(1);
    refresh();
  }

  void remove(String id) throws IOException {
    writer.deleteDocuments(new Term("id", id));
  }

  void refresh() throws IOException {
    DirectoryReader newer = DirectoryReader.openIfChanged(reader, writer);
    if (newer != null) {
      reader.close();
      reader = newer;
      searcher = new IndexSearcher(reader);
    }
  }

  int segments() {
    return reader.leaves().size();
  }

  Set<String> ids(float[] query, int k, int candidates) throws IOException {
    var ids = new HashSet<String>();
    List<LeafReaderContext> leaves = reader.leaves();
    for (ScoreDoc hit :
        searcher.search(new KnnFloatVectorQuery("vector", query, candidates), k).scoreDocs) {
      LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(hit.doc, leaves));
      BinaryDocValues values = leaf.reader().getBinaryDocValues("id");
      values.advanceExact(hit.doc - leaf.docBase);
      ids.add(values.binaryValue().utf8ToString());
    }
    return ids;
  }

  @Override
  public void close() throws IOException {
    reader.close();
    writer.rollback();
    directory.close();
  }
}
