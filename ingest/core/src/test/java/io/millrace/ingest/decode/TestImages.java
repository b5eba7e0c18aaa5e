package io.millrace.ingest.decode;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Image files made for the tests: nothing here comes from a camera. */
final class TestImages {
  private TestImages() {}

  /** A smooth image whose four corners differ: red, green, blue, white, clockwise from top left. */
  static PixelImage corners(int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    int[][] corner = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double u = x / (width - 1.0);
        double v = y / (height - 1.0);
        double[] weight = {(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v};
        for (int c = 0; c < 3; c++) {
          double value = 0;
          for (int k = 0; k < 4; k++) {
            value += weight[k] * corner[k][c];
          }
          rgb[(y * width + x) * 3 + c] = (byte) Math.round(value);
        }
      }
    }
    return new PixelImage(width, height, rgb);
  }

  static byte[] jpegOf(BufferedImage image) {
    return jpegOf(new IIOImage(image, null, null), false);
  }

  static byte[] progressive(BufferedImage image) {
    return jpegOf(new IIOImage(image, null, null), true);
  }

  /** A JPEG file whose components are the raster's bands as they are. */
  static byte[] jpegOf(Raster raster) {
    return jpegOf(new IIOImage(raster, null, null), false);
  }

  private static byte[] jpegOf(IIOImage image, boolean progressive) {
    ImageWriter writer = jdkWriter("jpeg");
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(0.95f);
    param.setProgressiveMode(
        progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
    return write(writer, image, param);
  }

  static byte[] pngOf(BufferedImage image) {
    ImageWriter writer = jdkWriter("png");
    return write(writer, new IIOImage(image, null, null), writer.getDefaultWriteParam());
  }

  static byte[] gifOf(BufferedImage image) {
    ImageWriter writer = jdkWriter("gif");
    return write(writer, new IIOImage(image, null, null), writer.getDefaultWriteParam());
  }

  private static byte[] write(ImageWriter writer, IIOImage image, ImageWriteParam param) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, image, param);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private static ImageWriter jdkWriter(String format) {
    var writers = ImageIO.getImageWritersByFormatName(format);
    while (writers.hasNext()) {
      ImageWriter writer = writers.next();
      if (!writer.getClass().getName().contains("twelvemonkeys")) {
        return writer;
      }
    }
    throw new AssertionError("no writer for " + format);
  }

  static BufferedImage buffered(PixelImage image, int type) {
    BufferedImage out = new BufferedImage(image.width(), image.height(), type);
    byte[] rgb = image.rgb();
    for (int i = 0; i < rgb.length / 3; i++) {
      int argb =
          0xFF000000
              | (rgb[3 * i] & 0xFF) << 16
              | (rgb[3 * i + 1] & 0xFF) << 8
              | (rgb[3 * i + 2] & 0xFF);
      out.setRGB(i % image.width(), i / image.width(), argb);
    }
    return out;
  }

  /** A raster of one color. */
  static WritableRaster flat(int width, int height, int... samples) {
    WritableRaster raster = Raster.createInterleavedRaster(0, width, height, samples.length, null);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        raster.setPixel(x, y, samples);
      }
    }
    return raster;
  }

  /** The JPEG file with a segment put in after its start. */
  static byte[] withSegment(byte[] jpeg, int marker, byte[] body) {
    return ByteBuffer.allocate(jpeg.length + body.length + 4)
        .put(jpeg, 0, 2)
        .put((byte) 0xFF)
        .put((byte) marker)
        .putShort((short) (body.length + 2))
        .put(body)
        .put(jpeg, 2, jpeg.length - 2)
        .array();
  }

  /** The JPEG file without any segment of a marker. */
  static byte[] withoutSegments(byte[] jpeg, int marker) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    int at = 2;
    while ((jpeg[at + 1] & 0xFF) != 0xDA) {
      int length = 2 + ((jpeg[at + 2] & 0xFF) << 8 | (jpeg[at + 3] & 0xFF));
      if ((jpeg[at + 1] & 0xFF) != marker) {
        out.write(jpeg, at, length);
      }
      at += length;
    }
    out.write(jpeg, at, jpeg.length - at);
    return out.toByteArray();
  }

  static byte[] withAdobe(byte[] jpeg, int transform) {
    byte[] body = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform};
    byte[] bare = withoutSegments(withoutSegments(jpeg, 0xEE), 0xE0);
    return withSegment(bare, 0xEE, body);
  }

  /** A TIFF structure with an orientation tag and nothing else. */
  static byte[] exif(int orientation) {
    return ByteBuffer.allocate(26)
        .put("MM".getBytes(StandardCharsets.US_ASCII))
        .putShort((short) 42)
        .putInt(8)
        .putShort((short) 1)
        .putShort((short) 0x0112)
        .putShort((short) 3)
        .putInt(1)
        .putShort((short) orientation)
        .putShort((short) 0)
        .putInt(0)
        .array();
  }

  static byte[] withExif(byte[] jpeg, int orientation) {
    byte[] body =
        ByteBuffer.allocate(32)
            .put("Exif\0\0".getBytes(StandardCharsets.US_ASCII))
            .put(exif(orientation))
            .array();
    return withSegment(jpeg, 0xE1, body);
  }

  /** A PNG file of these chunks. */
  static byte[] png(byte[]... chunks) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
    for (byte[] chunk : chunks) {
      out.writeBytes(chunk);
    }
    return out.toByteArray();
  }

  static byte[] chunk(String name, byte[] data) {
    byte[] type = name.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(type);
    crc.update(data);
    return ByteBuffer.allocate(data.length + 12)
        .putInt(data.length)
        .put(type)
        .put(data)
        .putInt((int) crc.getValue())
        .array();
  }

  static byte[] ihdr(int width, int height, int bits, int colorType) {
    return chunk(
        "IHDR",
        ByteBuffer.allocate(13)
            .putInt(width)
            .putInt(height)
            .put((byte) bits)
            .put((byte) colorType)
            .put(new byte[3])
            .array());
  }

  static byte[] idat(byte[] raw) {
    Deflater deflater = new Deflater();
    deflater.setInput(raw);
    deflater.finish();
    byte[] out = new byte[raw.length + 64];
    int length = deflater.deflate(out);
    deflater.end();
    return chunk("IDAT", java.util.Arrays.copyOf(out, length));
  }
}
