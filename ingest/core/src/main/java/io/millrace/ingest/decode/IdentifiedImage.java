package io.millrace.ingest.decode;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Decoded pixels under the image's id.
 *
 * @param id the id of {@code images.accepted}; chance is drawn by it
 * @param image pixels
 */
public record IdentifiedImage(String id, PixelImage image) {
  /** Ids, in order. */
  public static List<String> ids(Collection<IdentifiedImage> images) {
    return images.stream().map(IdentifiedImage::id).toList();
  }

  /** Pixels, in order. */
  public static List<PixelImage> pixels(Collection<IdentifiedImage> images) {
    return images.stream().map(IdentifiedImage::image).toList();
  }

  /**
   * Puts ids and pixels that come apart together, in order.
   *
   * @throws IllegalArgumentException when there are not as many of one as of the other
   */
  public static List<IdentifiedImage> zip(List<String> ids, List<PixelImage> images) {
    if (ids.size() != images.size()) {
      throw new IllegalArgumentException(
          images.size() + " images with " + ids.size() + " ids: expected one each");
    }
    var out = new ArrayList<IdentifiedImage>(ids.size());
    for (int i = 0; i < ids.size(); i++) {
      out.add(new IdentifiedImage(ids.get(i), images.get(i)));
    }
    return List.copyOf(out);
  }
}
