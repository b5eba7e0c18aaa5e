package io.millrace.ingest.image;

import io.millrace.ingest.stream.ImageHeaders;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where an image came from.
 *
 * @param source a URI reference that names the producer, such as {@code /millrace/photos.zip}
 * @param type kind of event, such as {@link ImageHeaders#TYPE_IMAGE}
 * @param time when the image came to be (a file's last change)
 * @param subject place within the source, such as a path; null when there is none
 * @param label class name, for evaluation alone; null when unknown
 */
public record ImageOrigin(
    String source, String type, Instant time, @Nullable String subject, @Nullable String label) {
  public ImageOrigin {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(time, "time");
  }
}
