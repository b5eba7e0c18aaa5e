package io.millrace.learner.method;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import java.util.List;
import java.util.stream.IntStream;

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

  /**
   * Equal parts of this batch, in order.
   *
   * @throws IllegalArgumentException where its images don't divide by their number
   */
  public List<ImageBatch> split(int parts) {
    if (size() % parts != 0) {
      throw new IllegalArgumentException(
          "a batch of "
              + size()
              + " images for "
              + parts
              + " shards: expected as many for each of them");
    }
    int each = size() / parts;
    return IntStream.range(0, parts)
        .mapToObj(i -> new ImageBatch(step, entries.subList(i * each, (i + 1) * each)))
        .toList();
  }
}
