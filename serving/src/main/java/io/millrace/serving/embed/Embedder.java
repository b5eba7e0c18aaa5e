package io.millrace.serving.embed;

import io.millrace.ingest.decode.PixelImage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Embeds images with one version of a model. Used by one thread. */
public interface Embedder extends AutoCloseable {
  /** The version every vector of this embedder belongs to. */
  ModelVersion version();

  /** Components of a vector. */
  int dim();

  /** Hash of the preprocessing that the release fixes. */
  String preprocessingHash();

  /**
   * Embeds one batch.
   *
   * @param images of any sizes
   * @return by image; null where the features were not finite or all zero
   */
  List<@Nullable Embedding> embed(List<PixelImage> images);

  @Override
  void close();
}
