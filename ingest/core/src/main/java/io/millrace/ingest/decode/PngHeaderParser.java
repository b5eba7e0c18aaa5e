package io.millrace.ingest.decode;

import io.millrace.ingest.image.ImageFormat;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Walks the chunks of a PNG file to its end, without decoding: sides, each chunk's CRC (the JDK's
 * reader checks none), EXIF (PNG specification, third edition, section 5).
 */
final class PngHeaderParser {
  private static final int SIGNATURE = 8;
  private static final int IHDR = 0x49484452;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454E44;
  private static final int EXIF = 0x65584966;

  private PngHeaderParser() {}

  static ImageHeader parse(byte[] bytes, DecodeLimits limits) throws DecodeException {
    if (bytes.length < SIGNATURE + 25) {
      throw new DecodeException(
          RejectionReason.BAD_HEADER, "the PNG ends at byte " + bytes.length + ", in its header");
    }
    if (i32(bytes, SIGNATURE) != 13 || i32(bytes, SIGNATURE + 4) != IHDR) {
      throw new DecodeException(
          RejectionReason.BAD_HEADER, "the PNG starts with another chunk than IHDR of 13 bytes");
    }
    int width = i32(bytes, SIGNATURE + 8);
    int height = i32(bytes, SIGNATURE + 12);
    if (width < 0 || height < 0) {
      throw new DecodeException(
          RejectionReason.TOO_MANY_PIXELS,
          (width & 0xFFFFFFFFL) + "×" + (height & 0xFFFFFFFFL) + " pixels, more than PNG allows");
    }
    Guards.checkSides(width, height, limits);
    return new ImageHeader(ImageFormat.PNG, width, height, 0, -1, walk(bytes), bytes);
  }

  /** Checks every chunk up to IEND and returns the EXIF chunk's data. */
  private static byte @Nullable [] walk(byte[] bytes) throws DecodeException {
    byte @Nullable [] exif = null;
    boolean data = false;
    CRC32 crc = new CRC32();
    for (int at = SIGNATURE; ; ) {
      if (bytes.length - at < 12) {
        throw corrupt("the PNG ends at byte " + bytes.length + " without IEND");
      }
      int length = i32(bytes, at);
      if (length < 0 || length > bytes.length - at - 12) {
        throw corrupt("the PNG ends at byte " + bytes.length + " in chunk " + name(bytes, at));
      }
      crc.reset();
      crc.update(bytes, at + 4, length + 4);
      if ((int) crc.getValue() != i32(bytes, at + 8 + length)) {
        throw corrupt("wrong CRC of PNG chunk " + name(bytes, at) + " at byte " + at);
      }
      switch (i32(bytes, at + 4)) {
        case IDAT -> data = true;
        case EXIF -> exif = Arrays.copyOfRange(bytes, at + 8, at + 8 + length);
        case IEND -> {
          if (!data) {
            throw corrupt("a PNG without image data");
          }
          return exif;
        }
        default -> {}
      }
      at += length + 12;
    }
  }

  private static String name(byte[] bytes, int at) {
    return new String(bytes, at + 4, 4, StandardCharsets.ISO_8859_1).replaceAll("[^A-Za-z]", "?");
  }

  private static int i32(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 24
        | (bytes[at + 1] & 0xFF) << 16
        | (bytes[at + 2] & 0xFF) << 8
        | (bytes[at + 3] & 0xFF);
  }

  private static DecodeException corrupt(String what) {
    return new DecodeException(RejectionReason.CORRUPT, what);
  }
}
