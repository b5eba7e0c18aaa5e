package io.millrace.serving.embed;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.serving.client.Targets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Embeds images with one version of a model. Used by one thread, but for {@link #input}. */
public interface Embedder extends AutoCloseable {
  /** The version every vector of this embedder belongs to. */
  ModelVersion version();

  /** Components of a vector. */
  int dim();

  /** Hash of the preprocessing that the release fixes. */
  String preprocessingHash();

  /** An image as the network's input; from any thread, so that it can be done ahead. */
  float[] input(PixelImage image);

  /**
   * Embeds one batch of inputs.
   *
   * @param inputs made by {@link #input}
   * @return by input; null where the features were not finite or all zero
   */
  List<@Nullable Embedding> embedInputs(List<float[]> inputs);

  /**
   * Embeds one batch of images.
   *
   * @param images of any sizes
   * @return by image; null where the features were not finite or all zero
   */
  default List<@Nullable Embedding> embed(List<PixelImage> images) {
    return embedInputs(images.stream().map(this::input).toList());
  }

  /**
   * The targets of the release's teacher for the inputs, for trainers that read it from Kafka.
   *
   * @param inputs made by {@link #input}
   * @return by input; empty where this embedder gives no targets
   */
  default List<Targets> targets(List<float[]> inputs) {
    return List.of();
  }

  @Override
  void close();
}
