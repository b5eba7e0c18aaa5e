package io.millrace.ingest.source;

import io.millrace.ingest.image.ImageRecord;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Numbered images, read in any order; one number always gives the same image. Safe for threads. */
public interface ImageSet {
  /** The count of a set without end. */
  long UNBOUNDED = Long.MAX_VALUE;

  /** Number of images, or {@link #UNBOUNDED}. */
  long count();

  /**
   * The image with a number.
   *
   * @param index 0 to count − 1
   * @throws OversizedImageException when it is larger than what may be held in memory
   * @throws IOException when it can't be read
   */
  ImageRecord read(long index) throws IOException;

  /** Its class, for evaluation alone; null when unknown. Costs no reading. */
  @Nullable String label(long index);

  /** Its place, for messages: a path or a number. */
  String place(long index);
}
