package io.millrace.ingest.decode;

import io.millrace.ingest.image.ImageFormat;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks the markers of a JPEG file to its end, without decoding: frame header, number of scans,
 * Adobe and EXIF segments (ITU-T T.81, annex B). What no decoder needs (color profiles, thumbnails,
 * comments, anything after the end) is omitted from the code stream, so that no reader parses it.
 */
final class JpegHeaderParser {
  private static final int SOI = 0xD8;
  private static final int EOI = 0xD9;
  private static final int SOS = 0xDA;
  private static final int DHT = 0xC4;
  private static final int JPG = 0xC8;
  private static final int DAC = 0xCC;
  private static final int APP1 = 0xE1;
  private static final int APP14 = 0xEE;
  private static final int APP0 = 0xE0;
  private static final int APP15 = 0xEF;
  private static final int COM = 0xFE;
  private static final byte[] JFIF = "JFIF\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.ISO_8859_1);

  private final byte[] bytes;
  private final DecodeLimits limits;
  private int at = 2;
  private int frame = -1;
  private int width;
  private int height;
  private int components;
  private int scans;
  private int adobeTransform = -1;
  private byte @Nullable [] exif;
  private int keptFrom;
  private @Nullable ByteArrayOutputStream kept;

  private JpegHeaderParser(byte[] bytes, DecodeLimits limits) {
    this.bytes = bytes;
    this.limits = limits;
  }

  static ImageHeader parse(byte[] bytes, DecodeLimits limits) throws DecodeException {
    return new JpegHeaderParser(bytes, limits).walk();
  }

  private ImageHeader walk() throws DecodeException {
    for (int marker = nextMarker(); marker != EOI; marker = nextMarker()) {
      if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) {
        continue; // stands alone
      }
      if (marker == SOI) {
        throw bad("a second start of image at byte " + (at - 2));
      }
      segment(marker);
    }
    if (frame < 0) {
      throw bad("no frame header before the end of image");
    }
    if (scans == 0) {
      throw new DecodeException(RejectionReason.CORRUPT, "no scan before the end of image");
    }
    return new ImageHeader(
        ImageFormat.JPEG, width, height, components, adobeTransform, exif, codestream());
  }

  private int nextMarker() throws DecodeException {
    if (at + 1 >= bytes.length) {
      throw ended();
    }
    if ((bytes[at] & 0xFF) != 0xFF) {
      throw bad("no marker at byte " + at);
    }
    while (at < bytes.length && (bytes[at] & 0xFF) == 0xFF) {
      at++;
    }
    if (at >= bytes.length) {
      throw ended();
    }
    return bytes[at++] & 0xFF;
  }

  private void segment(int marker) throws DecodeException {
    if (at + 2 > bytes.length) {
      throw ended();
    }
    int length = u16(at);
    int end = at + length;
    if (length < 2) {
      throw bad("a segment of " + length + " bytes at byte " + at + ": expected 2 or more");
    }
    if (end > bytes.length) {
      throw ended();
    }
    int body = at + 2;
    if (marker >= 0xC0 && marker <= 0xCF && marker != DHT && marker != JPG && marker != DAC) {
      frameHeader(marker, body, end);
    } else if (marker == APP14 && end - body >= 12 && startsWith(body, ADOBE)) {
      adobeTransform = bytes[body + 11] & 0xFF;
    } else if (marker == APP1
        && exif == null
        && end - body > EXIF.length
        && startsWith(body, EXIF)) {
      exif = Arrays.copyOfRange(bytes, body + EXIF.length, end);
    }
    boolean wanted = (marker == APP0 && startsWith(body, JFIF)) || marker == APP14;
    if ((marker >= APP0 && marker <= APP15 && !wanted) || marker == COM) {
      drop(at - 2, end);
    }
    at = end;
    if (marker == SOS) {
      scan();
    }
  }

  private void frameHeader(int marker, int body, int end) throws DecodeException {
    if (frame >= 0) {
      throw bad("a second frame header at byte " + body);
    }
    if (end - body < 6) {
      throw bad("a frame header of " + (end - body) + " bytes: expected 6 or more");
    }
    int precision = bytes[body] & 0xFF;
    frame = marker;
    height = u16(body + 1);
    width = u16(body + 3);
    components = bytes[body + 5] & 0xFF;
    Guards.checkSides(width, height, limits);
    if (marker > 0xC3 || (precision != 8 && marker != 0xC3)) {
      throw new DecodeException(
          RejectionReason.UNSUPPORTED_FORMAT,
          "a JPEG frame of type SOF"
              + (marker - 0xC0)
              + " with "
              + precision
              + " bits: expected SOF0, SOF1 or SOF2 with 8 bits, or SOF3");
    }
    if (components != 1 && components != 3 && components != 4) {
      throw new DecodeException(
          RejectionReason.UNSUPPORTED_FORMAT,
          "a JPEG of " + components + " components: expected 1, 3 or 4");
    }
  }

  /**
   * Skips entropy-coded data up to the next marker that is neither a stuffed byte nor a restart.
   */
  private void scan() throws DecodeException {
    if (frame < 0) {
      throw bad("a scan before the frame header at byte " + at);
    }
    scans++;
    if (scans > limits.maxScans()) {
      throw new DecodeException(
          RejectionReason.TOO_MANY_SCANS, "over " + limits.maxScans() + " scans, the limit");
    }
    while (at + 1 < bytes.length) {
      if ((bytes[at] & 0xFF) == 0xFF) {
        int next = bytes[at + 1] & 0xFF;
        if (next == 0 || (next >= 0xD0 && next <= 0xD7)) {
          at++;
        } else if (next != 0xFF) {
          return;
        }
      }
      at++;
    }
    throw ended();
  }

  private void drop(int from, int to) {
    if (kept == null) {
      kept = new ByteArrayOutputStream(bytes.length);
    }
    kept.write(bytes, keptFrom, from - keptFrom);
    keptFrom = to;
  }

  private byte[] codestream() {
    if (kept == null) {
      return at == bytes.length ? bytes : Arrays.copyOf(bytes, at);
    }
    kept.write(bytes, keptFrom, at - keptFrom);
    return kept.toByteArray();
  }

  private boolean startsWith(int from, byte[] prefix) {
    return from + prefix.length <= bytes.length
        && Arrays.equals(bytes, from, from + prefix.length, prefix, 0, prefix.length);
  }

  private int u16(int from) {
    return (bytes[from] & 0xFF) << 8 | (bytes[from + 1] & 0xFF);
  }

  private DecodeException ended() {
    RejectionReason reason = frame < 0 ? RejectionReason.BAD_HEADER : RejectionReason.CORRUPT;
    return new DecodeException(
        reason, "the JPEG ends at byte " + bytes.length + " without an end of image");
  }

  private static DecodeException bad(String what) {
    return new DecodeException(RejectionReason.BAD_HEADER, "JPEG with " + what);
  }
}
