package io.millrace.ingest.decode;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Iterator;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;
import javax.imageio.event.IIOReadWarningListener;
import org.jspecify.annotations.Nullable;

/**
 * Pixels by ImageIO: PNG and JPEG by the JDK, lossless JPEG by TwelveMonkeys. Readers are kept from
 * image to image and thrown away after a failure. The code stream holds nothing but what pixels are
 * made of, so that a warning means damage: ImageIO reports a file cut in half as success with a
 * warning. One warning is looked into, that of bytes left over after a scan's last block.
 */
final class ImageIoPixelReader implements PixelReader {
  private static final String TWELVE_MONKEYS = "com.twelvemonkeys.";

  /** libjpeg's words; it reports the first of a file's warnings alone. */
  private static final Pattern EXTRANEOUS = Pattern.compile("\\d+ extraneous bytes before marker");

  static {
    ImageIO.setUseCache(false);
  }

  private @Nullable ImageReader jpeg;
  private @Nullable ImageReader lossless;
  private @Nullable ImageReader png;

  @Override
  public PixelImage read(ImageHeader header, DecodeTimer timer) throws IOException {
    PngFrame png = header.png();
    if (png != null) {
      Leniency harmless = PngData.check(header, png, timer);
      if (harmless != null) {
        header.leniencies().add(harmless);
      }
    }
    ImageReader reader = reader(header);
    Watch watch = new Watch(timer);
    boolean clean = false;
    try {
      reader.addIIOReadWarningListener(watch);
      reader.addIIOReadProgressListener(watch);
      reader.setInput(new ByteArrayStream(header.codestream(), timer), true, true);
      PixelImage image = pixels(reader, header);
      timer.check();
      String warning = watch.warning;
      if (warning != null) {
        lookInto(warning, header, timer);
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

  private static void lookInto(String warning, ImageHeader header, DecodeTimer timer)
      throws IOException {
    JpegFrame jpeg = header.jpeg();
    if (jpeg == null || !EXTRANEOUS.matcher(warning).find()) {
      throw new IOException("the reader warns: " + warning);
    }
    JpegScanCheck.check(header, timer);
    header.leniencies().add(Leniency.EXTRANEOUS_BYTES);
  }

  private static PixelImage pixels(ImageReader reader, ImageHeader header) throws IOException {
    JpegFrame jpeg = header.jpeg();
    if (jpeg != null) {
      boolean fourColors =
          jpeg.colors() == JpegFrame.Colors.CMYK || jpeg.colors() == JpegFrame.Colors.YCCK;
      if (fourColors || jpeg.isUpsampledHere()) {
        Raster raster = reader.readRaster(0, null);
        checkSides(header, raster.getWidth(), raster.getHeight());
        return fourColors
            ? Cmyk.toRgb(raster, jpeg.colors() == JpegFrame.Colors.YCCK)
            : Chroma.toRgb(raster, jpeg.doubledRows());
      }
    }
    BufferedImage image = reader.read(0, null);
    checkSides(header, image.getWidth(), image.getHeight());
    return Rgb.of(image, header.png());
  }

  private static void checkSides(ImageHeader header, int width, int height) throws IOException {
    if (width != header.width() || height != header.height()) {
      throw new IOException(
          "the reader made %d×%d pixels of a file of %d×%d"
              .formatted(width, height, header.width(), header.height()));
    }
  }

  private ImageReader reader(ImageHeader header) {
    JpegFrame frame = header.jpeg();
    if (frame == null) {
      png = png == null ? create("png", false) : png;
      return png;
    }
    if (frame.type() == JpegFrame.LOSSLESS) {
      lossless = lossless == null ? create("jpeg", true) : lossless;
      return lossless;
    }
    jpeg = jpeg == null ? create("jpeg", false) : jpeg;
    return jpeg;
  }

  private void discard(ImageReader reader) {
    reader.dispose();
    if (reader == jpeg) {
      jpeg = null;
    } else if (reader == lossless) {
      lossless = null;
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
