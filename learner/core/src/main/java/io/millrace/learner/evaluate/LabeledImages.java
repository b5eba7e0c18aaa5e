package io.millrace.learner.evaluate;

import io.millrace.ingest.decode.PixelImage;
import java.util.List;

/** Images with their classes, from 0 on: for evaluation alone, never learned from. */
public record LabeledImages(List<PixelImage> images, List<Integer> labels) {
  public LabeledImages {
    images = List.copyOf(images);
    labels = List.copyOf(labels);
    if (images.size() != labels.size() || labels.stream().anyMatch(label -> label < 0)) {
      throw new IllegalArgumentException(
          images.size() + " images with " + labels.size() + " labels: expected one from 0 on each");
    }
  }

  /** Number of images. */
  public int size() {
    return images.size();
  }

  /** The images at these indexes. */
  public LabeledImages select(List<Integer> indexes) {
    return new LabeledImages(
        indexes.stream().map(images::get).toList(), indexes.stream().map(labels::get).toList());
  }

  /** The first {@code n} images, or all where there are fewer. */
  public LabeledImages first(int n) {
    int to = Math.min(n, size());
    return new LabeledImages(images.subList(0, to), labels.subList(0, to));
  }
}
