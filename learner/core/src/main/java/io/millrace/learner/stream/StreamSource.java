package io.millrace.learner.stream;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.StoredImage;
import java.util.List;

/**
 * Images in memory that a stream is made of.
 *
 * @param images under ids of their own, for chance
 * @param labels classes from 0 on, one for each; empty without labels
 * @param classes how many classes there are; 0 without labels
 * @param clips whether the images, in their order, are clips already
 */
public record StreamSource(
    List<StoredImage> images, List<Integer> labels, int classes, boolean clips) {
  public StreamSource {
    images = List.copyOf(images);
    labels = List.copyOf(labels);
    if (images.isEmpty()) {
      throw new IllegalArgumentException("0 images: expected one or more");
    }
    if (classes > 0 && labels.size() != images.size()) {
      throw new IllegalArgumentException(
          images.size() + " images with " + labels.size() + " labels: expected one each");
    }
    for (int label : labels) {
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException(
            "a label is " + label + ": expected 0 to " + (classes - 1));
      }
    }
  }

  /** Number of images. */
  public int size() {
    return images.size();
  }

  /** A frame; every one has an id of its own. */
  IdentifiedImage image(StreamPlan.Frame frame, int clipFrames, long seed) {
    IdentifiedImage still = images.get(frame.image()).decoded();
    return frame.moment() < 0
        ? still
        : new IdentifiedImage(
            still.id() + "@" + frame.moment(),
            Clip.of(seed, still.id(), clipFrames).frame(still.image(), frame.moment()));
  }
}
