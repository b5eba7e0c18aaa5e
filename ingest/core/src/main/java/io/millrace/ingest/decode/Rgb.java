package io.millrace.ingest.decode;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;
import java.io.IOException;

/**
 * Samples as stored → 8-bit RGB. Java's own conversions treat gray as linear light and brighten it;
 * here a gray sample g becomes (g, g, g). 16-bit samples are rounded to 8; what is transparent
 * shows white. Color profiles are not applied: samples count as sRGB.
 */
final class Rgb {
  private Rgb() {}

  static PixelImage of(BufferedImage image) throws IOException {
    ColorModel colors = image.getColorModel();
    Raster raster = image.getRaster();
    if (colors instanceof IndexColorModel palette) {
      return indexed(raster, palette);
    }
    if (colors.isAlphaPremultiplied()) {
      throw new IOException("premultiplied alpha, which no reader here makes");
    }
    if (image.getType() == BufferedImage.TYPE_3BYTE_BGR && isPacked(raster, 3)) {
      return bgr(raster);
    }
    if (image.getType() == BufferedImage.TYPE_BYTE_GRAY && isPacked(raster, 1)) {
      return gray(raster);
    }
    return samples(raster, colors.hasAlpha());
  }

  /** Whether the pixels fill the data buffer from its start with no gap between rows. */
  private static boolean isPacked(Raster raster, int bands) {
    SampleModel model = raster.getSampleModel();
    return model instanceof PixelInterleavedSampleModel pixels
        && pixels.getPixelStride() == bands
        && pixels.getScanlineStride() == bands * raster.getWidth()
        && raster.getDataBuffer() instanceof DataBufferByte bytes
        && bytes.getOffset() == 0
        && raster.getSampleModelTranslateX() == 0
        && raster.getSampleModelTranslateY() == 0
        && bytes.getSize() == bands * raster.getWidth() * raster.getHeight();
  }

  /** In place: the reader's image has no other owner, and a photograph's pixels are many. */
  private static PixelImage bgr(Raster raster) {
    byte[] pixels = ((DataBufferByte) raster.getDataBuffer()).getData();
    if (((ComponentSampleModel) raster.getSampleModel()).getBandOffsets()[0] == 2) {
      for (int i = 0; i < pixels.length; i += 3) {
        byte blue = pixels[i];
        pixels[i] = pixels[i + 2];
        pixels[i + 2] = blue;
      }
    }
    return new PixelImage(raster.getWidth(), raster.getHeight(), pixels);
  }

  private static PixelImage gray(Raster raster) {
    byte[] in = ((DataBufferByte) raster.getDataBuffer()).getData();
    byte[] out = new byte[in.length * 3];
    for (int i = 0, o = 0; i < in.length; i++) {
      out[o++] = in[i];
      out[o++] = in[i];
      out[o++] = in[i];
    }
    return new PixelImage(raster.getWidth(), raster.getHeight(), out);
  }

  private static PixelImage indexed(Raster raster, IndexColorModel palette) {
    int w = raster.getWidth();
    int h = raster.getHeight();
    byte[] table = new byte[palette.getMapSize() * 3];
    for (int c = 0; c < palette.getMapSize(); c++) {
      int alpha = palette.getAlpha(c);
      table[c * 3] = onWhite(palette.getRed(c), alpha);
      table[c * 3 + 1] = onWhite(palette.getGreen(c), alpha);
      table[c * 3 + 2] = onWhite(palette.getBlue(c), alpha);
    }
    byte[] out = new byte[w * h * 3];
    int[] row = new int[w];
    int o = 0;
    for (int y = 0; y < h; y++) {
      raster.getSamples(0, y, w, 1, 0, row);
      for (int index : row) {
        int t = Math.min(index, palette.getMapSize() - 1) * 3;
        out[o++] = table[t];
        out[o++] = table[t + 1];
        out[o++] = table[t + 2];
      }
    }
    return new PixelImage(w, h, out);
  }

  private static PixelImage samples(Raster raster, boolean hasAlpha) throws IOException {
    int w = raster.getWidth();
    int h = raster.getHeight();
    int bands = raster.getNumBands();
    int colors = hasAlpha ? bands - 1 : bands;
    if (colors != 1 && colors != 3) {
      throw new IOException(bands + " bands" + (hasAlpha ? " with alpha" : ""));
    }
    int type = raster.getTransferType();
    if (type != DataBuffer.TYPE_BYTE && type != DataBuffer.TYPE_USHORT) {
      throw new IOException("samples of type " + type + ": expected 8 or 16 bits");
    }
    boolean wide = type == DataBuffer.TYPE_USHORT;
    byte[] out = new byte[w * h * 3];
    int[] row = new int[w * bands];
    int o = 0;
    for (int y = 0; y < h; y++) {
      raster.getPixels(0, y, w, 1, row);
      for (int i = 0; i < row.length; i += bands) {
        int alpha = hasAlpha ? eightBits(row[i + colors], wide) : 255;
        for (int c = 0; c < 3; c++) {
          out[o++] = onWhite(eightBits(row[i + (colors == 1 ? 0 : c)], wide), alpha);
        }
      }
    }
    return new PixelImage(w, h, out);
  }

  private static int eightBits(int sample, boolean wide) {
    return wide ? (sample * 255 + 32_767) / 65_535 : sample;
  }

  private static byte onWhite(int sample, int alpha) {
    return (byte) ((sample * alpha + 255 * (255 - alpha) + 127) / 255);
  }
}
