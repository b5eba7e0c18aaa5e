package io.millrace.ingest.decode;

import io.millrace.ingest.image.ImageFormat;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;
import javax.imageio.event.IIOReadWarningListener;
import org.jspecify.annotations.Nullable;

/**
 * Pixels by ImageIO: JPEG by TwelveMonkeys, PNG by the JDK. Readers are kept from image to image
 * and thrown away after a failure. Any warning counts as a failure: ImageIO reports a file cut in
 * half as success with a warning.
 */
final class ImageIoPixelReader implements PixelReader {
  private static final String TWELVE_MONKEYS = "com.twelvemonkeys.";
  private static final int CMYK = 4;

  static {
    ImageIO.setUseCache(false);
  }

  private @Nullable ImageReader jpeg;
  private @Nullable ImageReader png;

  @Override
  public PixelImage read(ImageHeader header, DecodeTimer timer) throws IOException {
    ImageReader reader = header.format() == ImageFormat.JPEG ? jpeg() : png();
    Watch watch = new Watch(timer);
    boolean clean = false;
    try {
      reader.addIIOReadWarningListener(watch);
      reader.addIIOReadProgressListener(watch);
      reader.setInput(new ByteArrayStream(header.codestream(), timer), true, true);
      PixelImage image = pixels(reader, header);
      timer.check();
      if (watch.warning != null) {
        throw new IOException("the reader warns: " + watch.warning);
      }
      clean = true;
      return image;
    } finally {
      if (clean) {
        reader.removeAllIIOReadWarningListeners();
        reader.removeAllIIOReadProgressListeners();
        reader.setInput(null);
      } else {
        discard(reader);
      }
    }
  }

  private static PixelImage pixels(ImageReader reader, ImageHeader header) throws IOException {
    if (header.components() == CMYK) {
      Raster raster = reader.readRaster(0, null);
      checkSides(header, raster.getWidth(), raster.getHeight());
      return Cmyk.toRgb(raster, header.adobeTransform());
    }
    BufferedImage image = reader.read(0, null);
    checkSides(header, image.getWidth(), image.getHeight());
    return Rgb.of(image);
  }

  private static void checkSides(ImageHeader header, int width, int height) throws IOException {
    if (width != header.width() || height != header.height()) {
      throw new IOException(
          "the reader made %d×%d pixels of a file of %d×%d"
              .formatted(width, height, header.width(), header.height()));
    }
  }

  private ImageReader jpeg() {
    ImageReader reader = jpeg;
    if (reader == null) {
      reader = create("jpeg", true);
      jpeg = reader;
    }
    return reader;
  }

  private ImageReader png() {
    ImageReader reader = png;
    if (reader == null) {
      reader = create("png", false);
      png = reader;
    }
    return reader;
  }

  private void discard(ImageReader reader) {
    reader.dispose();
    if (reader == jpeg) {
      jpeg = null;
    } else {
      png = null;
    }
  }

  private static ImageReader create(String format, boolean twelveMonkeys) {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getClass().getName().startsWith(TWELVE_MONKEYS) == twelveMonkeys) {
        return reader;
      }
    }
    throw new IllegalStateException(
        "no ImageIO reader for " + format + (twelveMonkeys ? " from TwelveMonkeys" : ""));
  }

  /** Notes the first warning; aborts the reader, on its own thread, once the time is up. */
  private static final class Watch implements IIOReadWarningListener, IIOReadProgressListener {
    private final DecodeTimer timer;
    private @Nullable String warning;

    Watch(DecodeTimer timer) {
      this.timer = timer;
    }

    @Override
    public void warningOccurred(ImageReader source, String text) {
      if (warning == null) {
        warning = text;
      }
    }

    @Override
    public void imageProgress(ImageReader source, float percentageDone) {
      if (timer.isUp()) {
        source.abort();
      }
    }

    @Override
    public void sequenceStarted(ImageReader source, int minIndex) {}

    @Override
    public void sequenceComplete(ImageReader source) {}

    @Override
    public void imageStarted(ImageReader source, int imageIndex) {}

    @Override
    public void imageComplete(ImageReader source) {}

    @Override
    public void thumbnailStarted(ImageReader source, int imageIndex, int thumbnailIndex) {}

    @Override
    public void thumbnailProgress(ImageReader source, float percentageDone) {}

    @Override
    public void thumbnailComplete(ImageReader source) {}

    @Override
    public void readAborted(ImageReader source) {}
  }
}
