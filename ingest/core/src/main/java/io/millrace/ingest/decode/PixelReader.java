package io.millrace.ingest.decode;

import java.io.IOException;

/** Makes pixels of a file whose header has passed the guards. Used by one thread. */
@FunctionalInterface
interface PixelReader {
  /**
   * Stored pixels, before orientation.
   *
   * @throws DecodeTimer.TimeUpException when the timer is up
   * @throws IOException when the reader fails or warns
   */
  PixelImage read(ImageHeader header, DecodeTimer timer) throws IOException;
}
