package io.millrace.learner.evaluate;

import io.millrace.ingest.decode.PixelImage;
import java.util.List;

/** Images with their classes, from 0 on: for evaluation alone, never learned from. */
public record LabelledImages(List<PixelImage> images, List<Integer> labels) {
  public LabelledImages {
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
  public LabelledImages select(List<Integer> indexes) {
    return new LabelledImages(
        indexes.stream().map(images::get).toList(), indexes.stream().map(labels::get).toList());
  }

  /** The first {@code n} images, or all where there are fewer. */
  public LabelledImages first(int n) {
    int to = Math.min(n, size());
    return new LabelledImages(images.subList(0, to), labels.subList(0, to));
  }
}
