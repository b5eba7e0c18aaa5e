package io.millrace.learner.loop;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.stream.ImageTracer;
import io.millrace.learner.replay.KeptImage;
import java.util.List;

/**
 * An image of the stream, for an update and for replay.
 *
 * @param image pixels, no side over {@code replay.maxSide}
 * @param kept the same as replay would hold it
 * @param span its way from the log to an update
 */
public record StreamImage(IdentifiedImage image, KeptImage kept, ImageTracer.Span span) {
  /** One that is not traced. */
  public StreamImage(IdentifiedImage image, KeptImage kept) {
    this(image, kept, ImageTracer.Span.NONE);
  }

  /** Images that are held as the pixels they have, in order. */
  public static List<StreamImage> ofPixels(List<IdentifiedImage> images) {
    return images.stream()
        .map(image -> new StreamImage(image, KeptImage.of(image.image())))
        .toList();
  }

  /** Its id. */
  public String id() {
    return image.id();
  }
}
