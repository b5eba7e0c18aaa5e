package io.millrace.serving.index;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteArrayDataInput;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/** What a segment keeps of each image beside its vector; to be read in the order of documents. */
final class SegmentColumns {
  static final String ID = "id";
  static final String SOURCE = "source";
  static final String TIME = "time";
  static final String PARTITION = "partition";
  static final String OFFSET = "offset";
  static final String VECTOR = "vector";

  /** Doc value: all headers. Terms: each header by {@link #term}. */
  static final String HEADERS = "headers";

  /** Doc value of a twin: its vector. */
  static final String TWIN_VECTOR = "twin.vector";

  final LeafReaderContext leaf;
  private final BinaryDocValues ids;
  private final BinaryDocValues sources;
  private final BinaryDocValues headers;
  private final NumericDocValues times;
  private final NumericDocValues partitions;
  private final NumericDocValues offsets;

  SegmentColumns(LeafReaderContext leaf) throws IOException {
    this.leaf = leaf;
    ids = DocValues.getBinary(leaf.reader(), ID);
    sources = DocValues.getBinary(leaf.reader(), SOURCE);
    headers = DocValues.getBinary(leaf.reader(), HEADERS);
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
        headers(headers, doc),
        number(times, doc, 0),
        (int) number(partitions, doc, -1),
        number(offsets, doc, -1));
  }

  private static @Nullable String text(BinaryDocValues values, int doc) throws IOException {
    return values.advanceExact(doc) ? values.binaryValue().utf8ToString() : null;
  }

  private static long number(NumericDocValues values, int doc, long otherwise) throws IOException {
    return values.advanceExact(doc) ? values.longValue() : otherwise;
  }

  /** Whether an image passes. Documents of one object are to be asked for in their order. */
  boolean passes(SearchFilter filter, int doc) throws IOException {
    return filter.equals(SearchFilter.ALL)
        || times.advanceExact(doc)
            && filter.passes(
                text(sources, doc),
                times.longValue(),
                filter.headers().isEmpty() ? Map.of() : headers(headers, doc));
  }

  /** The term that finds a header. Names have no character 0. */
  static String term(String name, String value) {
    return name + '\0' + value;
  }

  /** Headers as bytes. */
  static BytesRef bytes(Map<String, String> headers) throws IOException {
    var out = new ByteBuffersDataOutput();
    out.writeMapOfStrings(headers);
    return new BytesRef(out.toArrayCopy());
  }

  private static SortedMap<String, String> headers(BinaryDocValues values, int doc)
      throws IOException {
    if (!values.advanceExact(doc)) {
      return Collections.emptySortedMap();
    }
    BytesRef bytes = values.binaryValue();
    return new TreeMap<>(
        new ByteArrayDataInput(bytes.bytes, bytes.offset, bytes.length).readMapOfStrings());
  }

  /** The vector of a segment's document; null where it has none. */
  static float @Nullable [] vector(LeafReaderContext leaf, int doc) throws IOException {
    BinaryDocValues twins = DocValues.getBinary(leaf.reader(), TWIN_VECTOR);
    if (twins.advanceExact(doc)) {
      return vector(twins.binaryValue());
    }
    FloatVectorValues nodes = leaf.reader().getFloatVectorValues(VECTOR);
    return nodes == null || nodes.advance(doc) != doc ? null : nodes.vectorValue().clone();
  }

  /** The twin that a segment's document holds. */
  static IndexedVector twin(LeafReaderContext leaf, int doc) throws IOException {
    Neighbor known = new SegmentColumns(leaf).neighbor(new ScoreDoc(leaf.docBase + doc, 1));
    return new IndexedVector(
        known.imageId(),
        Objects.requireNonNull(vector(leaf, doc)),
        known.source(),
        known.headers(),
        known.timeMillis(),
        known.partition(),
        known.offset());
  }

  /** A vector as little-endian bytes. */
  static byte[] bytes(float[] vector) {
    ByteBuffer out = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float v : vector) {
      out.putFloat(v);
    }
    return out.array();
  }

  /** The vector that {@link #bytes} wrote. */
  static float[] vector(BytesRef bytes) {
    float[] out = new float[bytes.length / 4];
    ByteBuffer.wrap(bytes.bytes, bytes.offset, bytes.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(out);
    return out;
  }
}
