package io.millrace.serving.index;

import java.io.IOException;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene912.Lucene912Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;

/**
 * Lucene's graph with our connections and beam, and without its limit of 1024 components. On disk
 * it goes by Lucene's own name, so that its own classes read it.
 */
final class HnswFormat extends KnnVectorsFormat {
  private static final int MOST_COMPONENTS = 16_384;

  private final KnnVectorsFormat graph;

  private HnswFormat(KnnVectorsFormat graph) {
    super(graph.getName());
    this.graph = graph;
  }

  static Codec codec(SearchSettings settings) {
    KnnVectorsFormat format =
        new HnswFormat(
            new Lucene99HnswVectorsFormat(settings.maxConnections(), settings.beamWidth()));
    return new Lucene912Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return format;
      }
    };
  }

  @Override
  public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
    return graph.fieldsWriter(state);
  }

  @Override
  public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
    return graph.fieldsReader(state);
  }

  @Override
  public int getMaxDimensions(String fieldName) {
    return MOST_COMPONENTS;
  }
}
