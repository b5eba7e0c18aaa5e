package io.millrace.learner.bench;

import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.EncodedImages;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.PixelImage;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Small images as large ones: the same archive, each shorter side enlarged to a length. */
final class EnlargedImages {
  private static final float QUALITY = 0.95f;

  private EnlargedImages() {}

  /**
   * Writes an archive of JPEG files under the same names, resized by bicubic interpolation.
   *
   * @param zip images as JPEG or PNG files
   * @param side the shorter side in pixels
   * @throws IOException naming an entry that does not decode
   */
  static void write(Path zip, int side, Path to) throws IOException {
    try (var decoder = new ImageDecoder(DecodeLimits.defaults());
        var in = new ZipFile(zip.toFile());
        var out = new ZipOutputStream(Files.newOutputStream(to))) {
      out.setLevel(0);
      for (ZipEntry entry : Collections.list(in.entries())) {
        if (entry.getName().matches("(?i).*\\.(jpe?g|png)")) {
          byte[] file = in.getInputStream(entry).readAllBytes();
          if (!(decoder.decode(file) instanceof DecodeOutcome.Decoded decoded)) {
            throw new IOException(zip + ": " + entry.getName() + " does not decode");
          }
          out.putNextEntry(new ZipEntry(entry.getName()));
          out.write(EncodedImages.jpeg(enlarged(decoded.image(), side), QUALITY));
          out.closeEntry();
        }
      }
    }
  }

  private static PixelImage enlarged(PixelImage image, int side) {
    double scale = (double) side / Math.min(image.width(), image.height());
    int width = (int) Math.round(image.width() * scale);
    int height = (int) Math.round(image.height() * scale);
    var from = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = image.rgb();
    for (int i = 0; i < rgb.length / 3; i++) {
      int pixel = (rgb[3 * i] & 255) << 16 | (rgb[3 * i + 1] & 255) << 8 | (rgb[3 * i + 2] & 255);
      from.setRGB(i % image.width(), i / image.width(), pixel);
    }
    var to = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = to.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(from, 0, 0, width, height, null);
    graphics.dispose();
    byte[] out = new byte[width * height * 3];
    for (int i = 0; i < width * height; i++) {
      int pixel = to.getRGB(i % width, i / width);
      out[3 * i] = (byte) (pixel >> 16);
      out[3 * i + 1] = (byte) (pixel >> 8);
      out[3 * i + 2] = (byte) pixel;
    }
    return new PixelImage(width, height, out);
  }
}
