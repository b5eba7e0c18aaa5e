package io.millrace.learner.method;

import io.millrace.ingest.decode.PixelImage;
import java.util.List;

/**
 * What one update learns from.
 *
 * @param step the update's number, counted from 0 over the model's whole life
 * @param ids image ids, for chance and provenance
 * @param images pixels by id, of any sizes
 */
public record ImageBatch(long step, List<String> ids, List<PixelImage> images) {
  public ImageBatch {
    ids = List.copyOf(ids);
    images = List.copyOf(images);
    if (ids.size() != images.size() || ids.isEmpty()) {
      throw new IllegalArgumentException(
          "a batch of " + ids.size() + " ids and " + images.size() + " images");
    }
  }

  /** Number of images. */
  public int size() {
    return ids.size();
  }
}
