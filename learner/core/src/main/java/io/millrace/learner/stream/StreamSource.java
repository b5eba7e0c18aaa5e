package io.millrace.learner.stream;

import io.millrace.ingest.decode.PixelImage;
import java.util.List;

/**
 * Images in memory that a stream is made of.
 *
 * @param ids one for each, for chance
 * @param images pixels
 * @param labels classes from 0 on, one for each; empty without labels
 * @param classes how many classes there are; 0 without labels
 * @param clips whether the images, in their order, are clips already
 */
public record StreamSource(
    List<String> ids, List<PixelImage> images, List<Integer> labels, int classes, boolean clips) {
  public StreamSource {
    ids = List.copyOf(ids);
    images = List.copyOf(images);
    labels = List.copyOf(labels);
    if (images.isEmpty() || ids.size() != images.size()) {
      throw new IllegalArgumentException(
          images.size() + " images with " + ids.size() + " ids: expected one each, one or more");
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

  /** Name of a frame: every frame has its own. */
  String id(StreamPlan.Frame frame) {
    String id = ids.get(frame.image());
    return frame.moment() < 0 ? id : id + "@" + frame.moment();
  }

  /** Pixels of a frame. */
  PixelImage image(StreamPlan.Frame frame, int clipFrames, long seed) {
    PixelImage still = images.get(frame.image());
    return frame.moment() < 0
        ? still
        : Clip.of(seed, ids.get(frame.image()), clipFrames).frame(still, frame.moment());
  }
}
