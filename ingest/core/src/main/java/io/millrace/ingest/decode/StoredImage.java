package io.millrace.ingest.decode;

import java.util.AbstractList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An image that is looked at again and again. Where its file is much smaller than its pixels the
 * file is held, and decoded each time; the pixels are the same.
 */
public final class StoredImage {
  /** Bytes of pixels under which decoding again and again saves too little. */
  private static final int SMALL = 16 << 10;

  private final String id;
  private final long bytes;
  private final Supplier<PixelImage> pixels;

  private StoredImage(String id, long bytes, Supplier<PixelImage> pixels) {
    this.id = id;
    this.bytes = bytes;
    this.pixels = pixels;
  }

  /** Held as pixels. */
  public static StoredImage of(IdentifiedImage image) {
    return new StoredImage(image.id(), image.image().rgb().length, image::image);
  }

  /** Held as pixels, in order. */
  public static List<StoredImage> of(List<IdentifiedImage> images) {
    return images.stream().map(StoredImage::of).toList();
  }

  /**
   * Of a file that did not come through ingest.
   *
   * @param decoder open for as long as the pixels are asked for
   * @param maxSide longer sides are shrunk to this
   * @return null where the file does not decode
   */
  public static @Nullable StoredImage of(
      String id, byte[] file, AcceptImages decoder, int maxSide) {
    AcceptedImage accepted = decoder.accept(file);
    byte[] value = accepted.value();
    if (value == null
        || !(decoder.decoded(file, accepted) instanceof DecodeOutcome.Decoded decoded)) {
      return null;
    }
    PixelImage image = decoded.image().shrinkTo(maxSide);
    int size = image.rgb().length;
    return size < SMALL || value.length > size / 2
        ? of(new IdentifiedImage(id, image))
        : new StoredImage(id, value.length, () -> again(id, value, decoder).shrinkTo(maxSide));
  }

  private static PixelImage again(String id, byte[] value, AcceptImages decoder) {
    DecodeOutcome outcome = decoder.again(value);
    if (outcome instanceof DecodeOutcome.Decoded decoded) {
      return decoded.image();
    }
    throw new IllegalStateException("image " + id + " decoded once and does not now: " + outcome);
  }

  /** The id; chance is drawn by it. */
  public String id() {
    return id;
  }

  /** The same image under another id. */
  public StoredImage withId(String other) {
    return new StoredImage(other, bytes, pixels);
  }

  /** Bytes it takes. */
  public long bytes() {
    return bytes;
  }

  /** Its pixels, with its id. */
  public IdentifiedImage decoded() {
    return new IdentifiedImage(id, pixels.get());
  }

  /** Pixels of images, in order, decoded each time one is asked for. */
  public static List<PixelImage> pixels(List<StoredImage> images) {
    return new AbstractList<>() {
      @Override
      public PixelImage get(int index) {
        return images.get(index).pixels.get();
      }

      @Override
      public int size() {
        return images.size();
      }
    };
  }
}
