package io.millrace.ingest.decode;

import io.millrace.ingest.image.ImageFormat;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Pixels → a JPEG or PNG file. Safe for many threads; each keeps its own writers. */
public final class EncodedImages {
  private static final ThreadLocal<ImageWriter> JPEG =
      ThreadLocal.withInitial(() -> writer("jpeg"));
  private static final ThreadLocal<ImageWriter> PNG = ThreadLocal.withInitial(() -> writer("png"));

  private EncodedImages() {}

  /**
   * A baseline JPEG file.
   *
   * @param quality 0 (smallest) to 1 (best)
   */
  public static byte[] jpeg(PixelImage image, float quality) {
    ImageWriter writer = JPEG.get();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(quality);
    return write(writer, param, image);
  }

  /** A PNG file. */
  public static byte[] png(PixelImage image) {
    ImageWriter writer = PNG.get();
    return write(writer, writer.getDefaultWriteParam(), image);
  }

  /** A file of the format; {@code quality} counts for JPEG alone. */
  public static byte[] encode(PixelImage image, ImageFormat format, float quality) {
    return switch (format) {
      case JPEG -> jpeg(image, quality);
      case PNG -> png(image);
      case UNKNOWN -> throw new IllegalArgumentException("format is UNKNOWN: expected JPEG or PNG");
    };
  }

  private static byte[] write(ImageWriter writer, ImageWriteParam param, PixelImage image) {
    ByteArrayOutputStream bytes =
        new ByteArrayOutputStream(1024 + image.width() * image.height() / 2);
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(bgr(image), null, null), param);
    } catch (IOException e) {
      throw new UncheckedIOException("writing an image to memory", e);
    } finally {
      writer.setOutput(null);
    }
    return bytes.toByteArray();
  }

  private static BufferedImage bgr(PixelImage image) {
    BufferedImage out =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_3BYTE_BGR);
    byte[] to = ((DataBufferByte) out.getRaster().getDataBuffer()).getData();
    byte[] from = image.rgb();
    for (int i = 0; i < from.length; i += 3) {
      to[i] = from[i + 2];
      to[i + 1] = from[i + 1];
      to[i + 2] = from[i];
    }
    return out;
  }

  private static ImageWriter writer(String format) {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName(format);
    while (writers.hasNext()) {
      ImageWriter writer = writers.next();
      if (!writer.getClass().getName().startsWith("com.twelvemonkeys.")) {
        return writer;
      }
    }
    throw new IllegalStateException("the JDK has no " + format + " writer");
  }
}
