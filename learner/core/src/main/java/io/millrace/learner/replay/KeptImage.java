package io.millrace.learner.replay;

import io.millrace.ingest.decode.EncodedImages;
import io.millrace.ingest.decode.PixelImage;

/** An image as replay holds it: its pixels, or the compressed file that they are decoded from. */
public sealed interface KeptImage {
  /** Quality of a JPEG file that is made because an image was shrunk; ingest's default. */
  float QUALITY = 0.9f;

  /** Bytes of pixels from which on {@link ReplaySettings.Form#AUTO} looks at the file's size. */
  int SMALL = 16 << 10;

  /** Bytes it takes. */
  long bytes();

  /** The object that holds the bytes: the same for all that share them. */
  Object identity();

  /** Pixels, upright. */
  record Pixels(PixelImage image) implements KeptImage {
    @Override
    public long bytes() {
      return image.rgb().length;
    }

    @Override
    public Object identity() {
      return image;
    }
  }

  /**
   * A JPEG or PNG file. It is known to have decoded once.
   *
   * @param file belongs to this record: neither side writes to it
   */
  record Encoded(byte[] file) implements KeptImage {
    @Override
    public long bytes() {
      return file.length;
    }

    @Override
    public Object identity() {
      return file;
    }
  }

  /** Pixels as they are. */
  static KeptImage of(PixelImage image) {
    return new Pixels(image);
  }

  /**
   * An image of the stream in the form that the settings ask for. The file is held as it came where
   * its pixels did not have to be shrunk; else a JPEG file of the shrunk pixels is.
   *
   * @param file the file as it came
   * @param decoded its pixels
   * @param shrunk the same, no side over {@code replay.maxSide}; the same object where they fit
   */
  static KeptImage of(
      byte[] file, PixelImage decoded, PixelImage shrunk, ReplaySettings.Form form) {
    int pixels = shrunk.rgb().length;
    if (form == ReplaySettings.Form.PIXELS
        || (form == ReplaySettings.Form.AUTO && pixels < SMALL)) {
      return new Pixels(shrunk);
    }
    byte[] held = shrunk == decoded ? file : EncodedImages.jpeg(shrunk, QUALITY);
    boolean worthIt = form == ReplaySettings.Form.COMPRESSED || held.length <= pixels / 2;
    return worthIt ? new Encoded(held) : new Pixels(shrunk);
  }
}
