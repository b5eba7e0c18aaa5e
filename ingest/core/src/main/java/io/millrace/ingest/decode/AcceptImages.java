package io.millrace.ingest.decode;

import io.millrace.ingest.image.ImageFormat;

/**
 * Encoded bytes → what everybody after ingest gets of them: an upright JPEG or PNG file of samples
 * that need no explanation (no CMYK, no transparency, 8 bits), its longest side at most {@code
 * maxSide}, without metadata. A file that is so already passes byte for byte; one that carries
 * metadata or flaws alone loses them and keeps its pixels as they are coded. Applied to its own
 * outcome it changes nothing. Safe for many threads.
 */
public final class AcceptImages {
  /** Bytes up to which a graphic may grow and stay as it is: about a photograph's. */
  private static final int SMALL = 32 << 10;

  private final ImageDecoder decoder;
  private final AcceptSettings settings;

  /**
   * @param decoder stays its maker's
   */
  public AcceptImages(ImageDecoder decoder, AcceptSettings settings) {
    this.decoder = decoder;
    this.settings = settings;
  }

  /** Checks a file and makes what goes on of it. */
  public AcceptedImage accept(byte[] bytes) {
    if (settings.maxSide() == 0) {
      return AcceptedImage.asIs(bytes, decoder.decode(bytes));
    }
    ImageDecoder.Shrunk shrunk;
    try {
      shrunk = decoder.shrunk(bytes, settings.maxSide(), settings.scaledDecode());
    } catch (DecodeException e) {
      return new AcceptedImage(e.outcome(), null, 0, 0);
    }
    return new AcceptedImage(shrunk.image(), value(bytes, shrunk), shrunk.width(), shrunk.height());
  }

  /**
   * The pixels that everybody after ingest sees of a file that did not come through it, such as a
   * request's or a held-out one: those of {@link #accept}'s value, bit by bit.
   */
  public DecodeOutcome decode(byte[] bytes) {
    return decoded(bytes, accept(bytes));
  }

  /** The pixels of what was made of a file, as everybody after ingest sees them. */
  DecodeOutcome decoded(byte[] bytes, AcceptedImage accepted) {
    byte[] value = accepted.value();
    return value == null || value == bytes ? accepted.outcome() : again(value);
  }

  /** The pixels of a value of {@link #accept}. */
  DecodeOutcome again(byte[] value) {
    return decoder.decode(value);
  }

  private byte[] value(byte[] bytes, ImageDecoder.Shrunk shrunk) {
    PixelImage image = shrunk.image().image();
    boolean samePixels =
        shrunk.orientation() == 1
            && image.width() == shrunk.width()
            && image.height() == shrunk.height();
    if (samePixels && Samples.arePlain(bytes)) {
      byte[] value = settings.keepMetadata() ? bytes : Metadata.stripped(bytes);
      if (value != null) {
        return value;
      }
    }
    byte[] plain = shrunk.plain();
    if (samePixels && plain != null) {
      return plain;
    }
    if (ImageFormat.of(bytes) == ImageFormat.PNG) {
      byte[] png = EncodedImages.png(image);
      if (png.length <= Math.max(bytes.length, SMALL)) {
        return png;
      }
    }
    return EncodedImages.jpeg(image, (float) settings.quality());
  }
}
