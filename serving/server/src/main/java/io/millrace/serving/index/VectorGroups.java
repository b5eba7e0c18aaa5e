package io.millrace.serving.index;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * Which images have equal vectors, but for rounding. A graph loses its way among equal vectors (all
 * links of such a node lead to its equals), so that of each group one image, its <i>node</i>, is in
 * the graph; the others, its <i>twins</i>, are found through it. Used by the writing thread alone:
 * it knows the index as of the last refresh and what was written since.
 */
final class VectorGroups {
  /** Term of a node: its group's key. */
  static final String NODE = "node";

  /** Term of a twin: its group's key. */
  static final String TWIN = "twin";

  /** Doc value of every image: its group's key. */
  static final String GROUP = "group";

  private static final int KEY_BYTES = 16;
  private static final int PROJECTIONS = 16;
  private static final double GRID = 4096;

  /**
   * What was written of an image.
   *
   * @param twin the image where it is a twin; null where it is a node
   */
  record Written(BytesRef key, @Nullable IndexedVector twin) {
    boolean isNode() {
      return twin == null;
    }
  }

  private final Map<String, @Nullable Written> since = new HashMap<>();
  private final Map<BytesRef, Set<String>> sinceByKey = new HashMap<>();
  private IndexSearcher before;

  VectorGroups(IndexSearcher before) {
    this.before = before;
  }

  /** Goes on from a refresh. */
  void refreshed(IndexSearcher now) {
    before = now;
    since.clear();
    sinceByKey.clear();
  }

  /** Images written since the last refresh. */
  int changes() {
    return since.size();
  }

  /**
   * Names the group of a vector: 16 sums of its components under drawn signs, rounded to a 4096th.
   * One image embedded in two batches has vectors that differ by some 1e-6, and so most often one
   * key; vectors that differ by more than some 1e-3 have different ones.
   */
  static BytesRef key(float[] vector) {
    double[] sums = new double[PROJECTIONS];
    for (int i = 0; i < vector.length; i++) {
      long signs = mixed(i);
      for (int j = 0; j < PROJECTIONS; j++) {
        sums[j] += (signs >>> j & 1) == 0 ? vector[i] : -vector[i];
      }
    }
    ByteBuffer rounded = ByteBuffer.allocate(4 * PROJECTIONS);
    for (double sum : sums) {
      rounded.putInt((int) Math.rint(sum * GRID));
    }
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(rounded.array());
      return new BytesRef(Arrays.copyOf(hash, KEY_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood 2014). */
  private static long mixed(long index) {
    long z = (index + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Notes what was written of an image. */
  void wrote(String id, Written written) {
    since.put(id, written);
    sinceByKey.computeIfAbsent(written.key(), k -> new HashSet<>()).add(id);
  }

  /** Notes that an image was removed. */
  void removed(String id) {
    since.put(id, null);
  }

  /** What the index has of an image; null where it has none. */
  @Nullable Written of(String id) throws IOException {
    if (since.containsKey(id)) {
      return since.get(id);
    }
    return first(
        before,
        new Term(SegmentColumns.ID, id),
        (leaf, doc) -> {
          BytesRef key = text(leaf, GROUP, doc, true);
          return new Written(key, isTwin(leaf, doc) ? SegmentColumns.twin(leaf, doc) : null);
        });
  }

  /** Whether another image is its group's node. */
  boolean hasNode(BytesRef key, String otherThan) throws IOException {
    for (String id : sinceByKey.getOrDefault(key, Set.of())) {
      Written written = since.get(id);
      if (written != null && written.isNode() && written.key().equals(key)) {
        if (!id.equals(otherThan)) {
          return true;
        }
      }
    }
    return first(
            before,
            new Term(NODE, key),
            (leaf, doc) -> {
              String id = text(leaf, SegmentColumns.ID, doc, false).utf8ToString();
              return since.containsKey(id) || id.equals(otherThan) ? null : id;
            })
        != null;
  }

  /** A twin of a group; null where it has none. */
  @Nullable IndexedVector anyTwin(BytesRef key) throws IOException {
    for (String id : sinceByKey.getOrDefault(key, Set.of())) {
      Written written = since.get(id);
      if (written != null && written.twin() != null && written.key().equals(key)) {
        return written.twin();
      }
    }
    return first(
        before,
        new Term(TWIN, key),
        (leaf, doc) -> {
          String id = text(leaf, SegmentColumns.ID, doc, false).utf8ToString();
          return since.containsKey(id) ? null : SegmentColumns.twin(leaf, doc);
        });
  }

  private static boolean isTwin(LeafReaderContext leaf, int doc) throws IOException {
    return DocValues.getBinary(leaf.reader(), SegmentColumns.TWIN_VECTOR).advanceExact(doc);
  }

  private static BytesRef text(LeafReaderContext leaf, String field, int doc, boolean sorted)
      throws IOException {
    BytesRef value;
    if (sorted) {
      SortedDocValues values = DocValues.getSorted(leaf.reader(), field);
      value = values.advanceExact(doc) ? values.lookupOrd(values.ordValue()) : null;
    } else {
      BinaryDocValues values = DocValues.getBinary(leaf.reader(), field);
      value = values.advanceExact(doc) ? values.binaryValue() : null;
    }
    if (value == null) {
      throw new IllegalStateException("an image without its " + field);
    }
    return BytesRef.deepCopyOf(value);
  }

  /** What is wanted of a document; null to go on to the next. */
  interface Wanted<T> {
    @Nullable T of(LeafReaderContext leaf, int doc) throws IOException;
  }

  /** The first wanted thing of the live documents that have a term. */
  static <T> @Nullable T first(IndexSearcher searcher, Term term, Wanted<T> wanted)
      throws IOException {
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      PostingsEnum found = leaf.reader().postings(term, PostingsEnum.NONE);
      if (found == null) {
        continue;
      }
      Bits live = leaf.reader().getLiveDocs();
      for (int doc = found.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = found.nextDoc()) {
        T out = live == null || live.get(doc) ? wanted.of(leaf, doc) : null;
        if (out != null) {
          return out;
        }
      }
    }
    return null;
  }
}
