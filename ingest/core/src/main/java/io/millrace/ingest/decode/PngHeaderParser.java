package io.millrace.ingest.decode;

import io.millrace.ingest.image.ImageFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Walks the chunks of a PNG file to its end, without decoding, and writes a code stream of the
 * critical ones alone (PNG specification, third edition, section 5). Critical chunks must be whole,
 * with the right CRC, which the JDK's reader does not check; ancillary ones that are damaged are
 * ignored, as libpng does.
 */
final class PngHeaderParser {
  private static final int SIGNATURE = 8;
  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504C5445;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454E44;
  private static final int EXIF = 0x65584966;
  private static final int TRNS = 0x74524E53;
  private static final int TEXT = 0x74455874;
  private static final int ANCILLARY = 0x20000000; // bit 5 of the name's first byte

  /** Lengths of ancillary chunks that have one length whatever the image is. */
  private static final Map<Integer, Integer> LENGTHS =
      Map.of(
          0x67414D41, 4, // gAMA
          0x6348524D, 32, // cHRM
          0x73524742, 1, // sRGB
          0x70485973, 9, // pHYs
          0x74494D45, 7); // tIME

  private static final int BKGD = 0x624B4744;

  private final byte[] bytes;
  private final List<int[]> data = new ArrayList<>(); // from and to of each IDAT chunk
  private final Set<Leniency> leniencies = EnumSet.noneOf(Leniency.class);
  private final Set<Integer> seen = new HashSet<>();
  private final int depth;
  private final int colorType;
  private byte @Nullable [] palette;
  private int paletteEntries;
  private byte @Nullable [] transparency;
  private byte @Nullable [] exif;
  private boolean dataEnded;

  private PngHeaderParser(byte[] bytes) {
    this.bytes = bytes;
    this.depth = bytes[SIGNATURE + 16] & 0xFF;
    this.colorType = bytes[SIGNATURE + 17] & 0xFF;
  }

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
    PngHeaderParser parser = new PngHeaderParser(bytes);
    parser.checkKind();
    parser.walk();
    return parser.header(width, height);
  }

  private void checkKind() throws DecodeException {
    boolean fits =
        switch (colorType) {
          case PngFrame.GRAY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
          case PngFrame.PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
          case PngFrame.RGB, PngFrame.GRAY_ALPHA, PngFrame.RGB_ALPHA -> depth == 8 || depth == 16;
          default -> false;
        };
    if (!fits) {
      throw new DecodeException(
          RejectionReason.BAD_HEADER,
          "a PNG of color type %d with %d bits a sample: no such kind".formatted(colorType, depth));
    }
  }

  /** Checks every chunk up to IEND. */
  private void walk() throws DecodeException {
    CRC32 crc = new CRC32();
    for (int at = SIGNATURE; ; ) {
      int left = bytes.length - at;
      int length = left < 8 ? -1 : i32(bytes, at);
      if (left < 12 || length < 0 || length > left - 12) {
        endsAt(at, length);
        return;
      }
      int name = i32(bytes, at + 4);
      crc.reset();
      crc.update(bytes, at + 4, length + 4);
      boolean sound = (int) crc.getValue() == i32(bytes, at + 8 + length);
      int from = at + 8;
      int to = from + length;
      if (name == IEND) {
        if (!sound || length != 0) {
          leniencies.add(Leniency.MISSING_END);
        }
        checkData();
        return;
      }
      if (!sound && dataEnded && !isAncillary(name)) {
        leniencies.add(Leniency.MISSING_END); // nothing that comes now is read
        return;
      }
      if (!sound && !isAncillary(name)) {
        throw corrupt("wrong CRC of PNG chunk " + name(at) + " at byte " + at);
      }
      if (!sound) {
        leniencies.add(Leniency.CHUNK_CRC);
      } else {
        chunk(name, at, from, to);
      }
      dataEnded |= !data.isEmpty() && name != IDAT;
      at = to + 4;
    }
  }

  private void chunk(int name, int at, int from, int to) throws DecodeException {
    switch (name) {
      case IHDR -> {
        if (at != SIGNATURE) {
          throw corrupt("a second IHDR chunk at byte " + at);
        }
      }
      case PLTE -> palette(at, from, to);
      case IDAT -> {
        if (dataEnded) {
          leniencies.add(Leniency.EXTRA_IMAGE_DATA); // libpng reads one run of them
        } else {
          data.add(new int[] {from, to});
        }
      }
      case TRNS -> transparency(from, to);
      case EXIF -> {
        if (exif == null) {
          exif = Arrays.copyOfRange(bytes, from, to);
        } else {
          leniencies.add(Leniency.CHUNK_CONTENT);
        }
      }
      default -> {
        if (!isAncillary(name)) {
          throw corrupt("a critical PNG chunk " + name(at) + " at byte " + at + ", not known");
        }
        ancillary(name, from, to);
      }
    }
  }

  private void palette(int at, int from, int to) throws DecodeException {
    if (colorType != PngFrame.PALETTE) {
      return; // a suggestion for others
    }
    int length = to - from;
    if (length == 0 || length % 3 != 0 || length > 768 || palette != null || !data.isEmpty()) {
      throw corrupt(
          "a PLTE chunk of %d bytes at byte %d: expected one before the data, of 3 to 768 bytes"
              .formatted(length, at));
    }
    int entries = 1 << depth;
    if (length > 3 * entries) {
      leniencies.add(Leniency.PALETTE);
    }
    // Filled up with black, so that every index has a color.
    palette = new byte[3 * entries];
    System.arraycopy(bytes, from, palette, 0, Math.min(length, palette.length));
    paletteEntries = Math.min(length / 3, entries);
  }

  private void transparency(int from, int to) {
    int length = to - from;
    boolean placed = data.isEmpty() && transparency == null;
    boolean fits =
        switch (colorType) {
          case PngFrame.GRAY -> length == 2;
          case PngFrame.RGB -> length == 6;
          case PngFrame.PALETTE -> palette != null && length > 0;
          default -> false;
        };
    boolean tooLong = colorType == PngFrame.PALETTE && length > paletteEntries;
    if (!placed || !fits || tooLong) {
      leniencies.add(Leniency.TRANSPARENCY);
    }
    if (placed && fits) {
      int used = tooLong ? paletteEntries : length;
      transparency = Arrays.copyOfRange(bytes, from, from + used);
    }
  }

  /** Notes what is wrong with a chunk that no pixel needs. */
  private void ancillary(int name, int from, int to) {
    int length = to - from;
    boolean wrong =
        switch (name) {
          case BKGD -> length != (colorType == PngFrame.PALETTE ? 1 : (colorType & 2) != 0 ? 6 : 2);
          case TEXT -> !holdsZero(from, to);
          default -> LENGTHS.containsKey(name) && (LENGTHS.get(name) != length || !seen.add(name));
        };
    if (wrong) {
      leniencies.add(Leniency.CHUNK_CONTENT);
    }
  }

  private boolean holdsZero(int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == 0) {
        return true;
      }
    }
    return false;
  }

  /** The file ends within a chunk or after one; the pixels tell whether any are missing. */
  private void endsAt(int at, int length) throws DecodeException {
    int left = bytes.length - at;
    if (left >= 8 && length >= 0 && i32(bytes, at + 4) == IDAT && !dataEnded) {
      data.add(new int[] {at + 8, Math.min(bytes.length, at + 8 + length)});
    }
    if (data.isEmpty()) {
      throw corrupt("the PNG ends at byte " + bytes.length + " without image data");
    }
    leniencies.add(Leniency.MISSING_END);
    checkData();
  }

  private void checkData() throws DecodeException {
    if (data.isEmpty()) {
      throw corrupt("a PNG without image data");
    }
    if (colorType == PngFrame.PALETTE && palette == null) {
      throw corrupt("a PNG of palette indices without a palette");
    }
  }

  /** IHDR, PLTE where there are indices, all of the data in one IDAT, IEND. */
  private ImageHeader header(int width, int height) {
    int size = 0;
    for (int[] part : data) {
      size += part[1] - part[0];
    }
    byte[] colors = palette;
    ByteBuffer out =
        ByteBuffer.allocate(
            SIGNATURE + 25 + (colors == null ? 0 : colors.length + 12) + size + 12 + 12);
    out.put(bytes, 0, SIGNATURE + 25);
    CRC32 crc = new CRC32();
    if (colors != null) {
      put(out, crc, PLTE, colors);
    }
    out.putInt(size).putInt(IDAT);
    int dataFrom = out.position();
    for (int[] part : data) {
      out.put(bytes, part[0], part[1] - part[0]);
    }
    crc.reset();
    crc.update(out.array(), dataFrom - 4, size + 4);
    out.putInt((int) crc.getValue());
    put(out, crc, IEND, new byte[0]);
    PngFrame png =
        new PngFrame(
            depth, colorType, bytes[SIGNATURE + 20] != 0, transparency, dataFrom, dataFrom + size);
    return new ImageHeader(
        ImageFormat.PNG, width, height, null, png, exif, out.array(), leniencies);
  }

  private static void put(ByteBuffer out, CRC32 crc, int name, byte[] content) {
    int from = out.position() + 4;
    out.putInt(content.length).putInt(name).put(content);
    crc.reset();
    crc.update(out.array(), from, content.length + 4);
    out.putInt((int) crc.getValue());
  }

  private static boolean isAncillary(int name) {
    return (name & ANCILLARY) != 0;
  }

  private String name(int at) {
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
