package io.millrace.ops.explore;

import io.millrace.serving.index.VectorIndex;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Embeddings of kept pictures, all of one version: of the one that searches run against where this
 * process has its index, else of the newest that has embedded nearly all of them.
 */
final class PictureVectors {
  private static final Logger log = LoggerFactory.getLogger(PictureVectors.class);

  private final RecentEmbeddings recent;
  private final Supplier<@Nullable VectorIndex> index;

  /**
   * @param index the index that searches run against; null while there is none here
   */
  PictureVectors(RecentEmbeddings recent, Supplier<@Nullable VectorIndex> index) {
    this.recent = recent;
    this.index = index;
  }

  /** Those that there are of these images. */
  RecentEmbeddings.Sample of(Collection<String> ids) {
    VectorIndex searched = index.get();
    if (searched != null) {
      try {
        return of(ids, searched);
      } catch (IOException | IllegalStateException e) {
        // Its version was retired this moment, or this process ends.
        log.debug("the index of {} does not answer", searched.version(), e);
      }
    }
    return recent.sample(ids);
  }

  private static RecentEmbeddings.Sample of(Collection<String> ids, VectorIndex index)
      throws IOException {
    var vectors = new HashMap<String, float[]>();
    for (String id : ids) {
      float[] vector = index.vector(id);
      if (vector != null) {
        vectors.put(id, vector);
      }
    }
    return new RecentEmbeddings.Sample(index.version().version(), vectors);
  }
}
