package io.millrace.learner.evaluate;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.StoredImage;
import java.util.List;
import java.util.stream.IntStream;

/** Images with their classes, from 0 on: for evaluation alone, never learned from. */
public record LabeledImages(List<StoredImage> stored, List<Integer> labels) {
  public LabeledImages {
    stored = List.copyOf(stored);
    labels = List.copyOf(labels);
    if (stored.size() != labels.size() || labels.stream().anyMatch(label -> label < 0)) {
      throw new IllegalArgumentException(
          stored.size() + " images with " + labels.size() + " labels: expected one from 0 on each");
    }
  }

  /** Images held as pixels. */
  public static LabeledImages ofPixels(List<PixelImage> images, List<Integer> labels) {
    return new LabeledImages(
        IntStream.range(0, images.size())
            .mapToObj(i -> StoredImage.of(new IdentifiedImage(Integer.toString(i), images.get(i))))
            .toList(),
        labels);
  }

  /** Number of images. */
  public int size() {
    return stored.size();
  }

  /** Pixels, decoded each time one is asked for. */
  public List<PixelImage> images() {
    return StoredImage.pixels(stored);
  }

  /** The images at these indexes. */
  public LabeledImages select(List<Integer> indexes) {
    return new LabeledImages(
        indexes.stream().map(stored::get).toList(), indexes.stream().map(labels::get).toList());
  }

  /** The first {@code n} images, or all where there are fewer. */
  public LabeledImages first(int n) {
    int to = Math.min(n, size());
    return new LabeledImages(stored.subList(0, to), labels.subList(0, to));
  }
}
