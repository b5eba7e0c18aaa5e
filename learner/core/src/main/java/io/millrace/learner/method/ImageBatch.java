package io.millrace.learner.method;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import java.util.List;

/**
 * What one update learns from.
 *
 * @param step the update's number, counted from 0 over the model's whole life
 * @param entries images, of any sizes, under their ids: for chance and provenance
 */
public record ImageBatch(long step, List<IdentifiedImage> entries) {
  public ImageBatch {
    entries = List.copyOf(entries);
    if (entries.isEmpty()) {
      throw new IllegalArgumentException("a batch of no images: expected one or more");
    }
  }

  /** Image ids, in order. */
  public List<String> ids() {
    return IdentifiedImage.ids(entries);
  }

  /** Pixels, in order. */
  public List<PixelImage> images() {
    return IdentifiedImage.pixels(entries);
  }

  /** Number of images. */
  public int size() {
    return entries.size();
  }
}
