package io.millrace.serving.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.VectorUtil;
import org.jspecify.annotations.Nullable;

/** Goes from the nodes that the graph gave to all images of their groups: see VectorGroups. */
final class GroupSearch {
  private final IndexSearcher searcher;
  private final float[] query;
  private final int k;
  private final SearchFilter filter;

  /** A group that was found. */
  private record Group(BytesRef key, float score) {}

  GroupSearch(IndexSearcher searcher, float[] query, int k, SearchFilter filter) {
    this.searcher = searcher;
    this.query = query;
    this.k = k;
    this.filter = filter;
  }

  /** Lucene's score of two unit vectors. */
  static float score(float[] query, float[] vector) {
    return Math.max((1 + VectorUtil.dotProduct(query, vector)) / 2, 0);
  }

  /**
   * The nearest images, the nearest first.
   *
   * @param nodes what the graph found, under the filter
   * @param self image that comes before its equals, where it passes the filter; null for none
   */
  ScoreDoc[] images(ScoreDoc[] nodes, @Nullable String self) throws IOException {
    var groups = new ArrayList<Group>(nodes.length);
    for (ScoreDoc node : nodes) {
      groups.add(new Group(keyOf(node.doc), node.score));
    }
    if (!filter.equals(SearchFilter.ALL)) {
      groups.addAll(groupsOfTwins(groups));
    }
    groups.sort(Comparator.comparingDouble(g -> -g.score()));
    var out = new ArrayList<ScoreDoc>(k);
    ScoreDoc first = self == null ? null : itself(self);
    if (first != null) {
      out.add(first);
    }
    for (Group group : groups) {
      for (String field : List.of(VectorGroups.NODE, VectorGroups.TWIN)) {
        add(group, field, first, out);
      }
      if (out.size() == k) {
        break;
      }
    }
    // Twins are equal but for rounding.
    out.subList(first == null ? 0 : 1, out.size())
        .sort(Comparator.comparingDouble(found -> -found.score));
    return out.toArray(ScoreDoc[]::new);
  }

  /** Ranked images with one of them, of all there are, before the others. */
  ScoreDoc[] withFirst(ScoreDoc[] ranked, @Nullable String self) throws IOException {
    ScoreDoc first = self == null ? null : itself(self);
    return first == null
        ? ranked
        : Stream.concat(Stream.of(first), Arrays.stream(ranked).filter(d -> d.doc != first.doc))
            .limit(k)
            .toArray(ScoreDoc[]::new);
  }

  private void add(Group group, String field, @Nullable ScoreDoc first, List<ScoreDoc> out)
      throws IOException {
    if (out.size() == k) {
      return;
    }
    VectorGroups.first(
        searcher,
        new Term(field, group.key()),
        (leaf, doc) -> {
          int at = leaf.docBase + doc;
          if ((first == null || first.doc != at) && passes(leaf, doc)) {
            float[] own = field.equals(VectorGroups.TWIN) ? SegmentColumns.vector(leaf, doc) : null;
            out.add(new ScoreDoc(at, own == null ? group.score() : score(query, own)));
          }
          return out.size() == k ? Boolean.TRUE : null;
        });
  }

  private @Nullable ScoreDoc itself(String id) throws IOException {
    return VectorGroups.first(
        searcher,
        new Term(SegmentColumns.ID, id),
        (leaf, doc) -> {
          float[] own = SegmentColumns.vector(leaf, doc);
          return own != null && passes(leaf, doc)
              ? new ScoreDoc(leaf.docBase + doc, score(query, own))
              : null;
        });
  }

  private boolean passes(LeafReaderContext leaf, int doc) throws IOException {
    return filter.equals(SearchFilter.ALL) || new SegmentColumns(leaf).passes(filter, doc);
  }

  private BytesRef keyOf(int doc) throws IOException {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(doc, leaves));
    SortedDocValues keys = DocValues.getSorted(leaf.reader(), VectorGroups.GROUP);
    if (!keys.advanceExact(doc - leaf.docBase)) {
      throw new IllegalStateException("an image without its group");
    }
    return BytesRef.deepCopyOf(keys.lookupOrd(keys.ordValue()));
  }

  /**
   * The nearest groups with a twin that passes the filter, by looking at each: their nodes may not
   * pass it, and then the graph does not give them.
   */
  private List<Group> groupsOfTwins(List<Group> found) throws IOException {
    Set<BytesRef> known = new HashSet<>();
    found.forEach(group -> known.add(group.key()));
    var best = new PriorityQueue<Group>(Comparator.comparingDouble(Group::score));
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      BinaryDocValues vectors = leaf.reader().getBinaryDocValues(SegmentColumns.TWIN_VECTOR);
      if (vectors == null) {
        continue;
      }
      SortedDocValues keys = DocValues.getSorted(leaf.reader(), VectorGroups.GROUP);
      Bits live = leaf.reader().getLiveDocs();
      var columns = new SegmentColumns(leaf);
      var seen = new FixedBitSet(Math.max(1, keys.getValueCount()));
      for (int doc = vectors.nextDoc();
          doc != DocIdSetIterator.NO_MORE_DOCS;
          doc = vectors.nextDoc()) {
        if (live != null && !live.get(doc) || !keys.advanceExact(doc)) {
          continue;
        }
        if (seen.get(keys.ordValue()) || !columns.passes(filter, doc)) {
          continue;
        }
        seen.set(keys.ordValue());
        BytesRef key = BytesRef.deepCopyOf(keys.lookupOrd(keys.ordValue()));
        if (known.add(key)) {
          best.add(new Group(key, score(query, SegmentColumns.vector(vectors.binaryValue()))));
          if (best.size() > k) {
            best.poll();
          }
        }
      }
    }
    return List.copyOf(best);
  }
}
