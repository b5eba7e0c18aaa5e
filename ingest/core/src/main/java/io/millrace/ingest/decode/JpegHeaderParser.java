package io.millrace.ingest.decode;

import io.millrace.ingest.decode.JpegFrame.Colors;
import io.millrace.ingest.image.ImageFormat;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Walks the markers of a JPEG file to its end, without decoding, as libjpeg does (ITU-T T.81, annex
 * B), and writes a code stream that every reader takes the same way: tables, frame header, scans,
 * and one application segment that says what the components mean. What no decoder needs (color
 * profiles, thumbnails, comments, whatever follows the end) is skipped, so that no reader parses
 * it.
 */
final class JpegHeaderParser {
  private static final int SOI = 0xD8;
  private static final int EOI = 0xD9;
  private static final int SOS = 0xDA;
  private static final int DQT = 0xDB;
  private static final int DNL = 0xDC;
  private static final int DRI = 0xDD;
  private static final int DHT = 0xC4;
  private static final int JPG = 0xC8;
  private static final int DAC = 0xCC;
  private static final int TEM = 0x01;
  private static final int APP0 = 0xE0;
  private static final int APP1 = 0xE1;
  private static final int APP14 = 0xEE;
  private static final int APP15 = 0xEF;
  private static final int SOF55 = 0xF7; // JPEG-LS
  private static final int COM = 0xFE;
  private static final byte[] JFIF = "JFIF\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.ISO_8859_1);

  /** A JFIF segment (T.871) that says YCbCr or gray, and nothing else. */
  private static final byte[] SAYS_JFIF = {
    (byte) 0xFF, (byte) APP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
  };

  /** An Adobe segment that says: components as they are. */
  private static final byte[] SAYS_AS_THEY_ARE = {
    (byte) 0xFF, (byte) APP14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
  };

  private static final int BLOCK = 64;

  /** A part of the file that the code stream keeps: {@code marker} is −1 for a scan's data. */
  private record Kept(int marker, int from, int to) {}

  private final byte[] bytes;
  private final DecodeLimits limits;
  private final List<Kept> kept = new ArrayList<>();
  private final Set<Leniency> leniencies = EnumSet.noneOf(Leniency.class);
  private int at = 2;
  private int frame = -1;
  private int width;
  private int height;
  private int components;
  private int[] ids = {};
  private int[] sampling = {};

  /** Whether a scan held a component's DC values. */
  private boolean[] scanned = {};

  /** Indices of each scan's components, by the place of its marker. */
  private final Map<Integer, int[]> scanComponents = new HashMap<>();

  private int scans;
  private boolean jfif;
  private int adobeTransform = -1;
  private int huffmanTables;
  private int huffmanAtFirstScan;
  private byte @Nullable [] exif;

  private JpegHeaderParser(byte[] bytes, DecodeLimits limits) {
    this.bytes = bytes;
    this.limits = limits;
  }

  static ImageHeader parse(byte[] bytes, DecodeLimits limits) throws DecodeException {
    return new JpegHeaderParser(bytes, limits).walk();
  }

  private ImageHeader walk() throws DecodeException {
    for (int marker = nextMarker(); marker != EOI; marker = nextMarker()) {
      if (marker == TEM || isRestart(marker)) {
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
      throw corrupt("no scan before the end of image");
    }
    checkScans();
    JpegFrame jpeg = new JpegFrame(frame - 0xC0, colors(), doubledRows());
    return new ImageHeader(
        ImageFormat.JPEG, width, height, jpeg, null, exif, codestream(jpeg), leniencies);
  }

  /** The next marker; whatever stands before it belongs to nothing. */
  private int nextMarker() throws DecodeException {
    while (true) {
      int from = at;
      while (at < bytes.length && u8(at) != 0xFF) {
        at++;
      }
      boolean skipped = at > from;
      while (at < bytes.length && u8(at) == 0xFF) {
        at++; // any number of fill bytes
      }
      if (at >= bytes.length) {
        throw endsEarly();
      }
      int marker = u8(at++);
      if (skipped || marker == 0) {
        leniencies.add(Leniency.EXTRANEOUS_BYTES);
      }
      if (marker != 0) {
        return marker;
      }
    }
  }

  private void segment(int marker) throws DecodeException {
    if (at + 2 > bytes.length) {
      throw endsEarly();
    }
    int length = u16(at);
    boolean application = (marker >= APP0 && marker <= APP15) || marker == COM;
    if (length < 2) {
      if (!application) {
        throw bad("a segment of " + length + " bytes at byte " + at + ": expected 2 or more");
      }
      leniencies.add(Leniency.SEGMENT_LENGTH);
      length = 2;
    }
    int from = at - 2;
    int body = at + 2;
    int end = at + length;
    if (end > bytes.length) {
      throw endsEarly();
    }
    at = end;
    if (application) {
      application(marker, from, body, end);
    } else if (isFrameHeader(marker)) {
      frameHeader(marker, body, end);
      kept.add(new Kept(marker, from, end));
    } else if (marker == SOS) {
      scanHeader(body, end);
      kept.add(new Kept(marker, from, end));
      scanData();
    } else if (marker == DQT || marker == DHT || marker == DRI) {
      tables(marker, body, end);
      kept.add(new Kept(marker, from, end));
    } else if (marker == SOF55) {
      throw unsupported("a JPEG-LS file (SOF55)");
    } else if (marker != DAC && marker != DNL) {
      throw bad("a marker 0x" + Integer.toHexString(marker) + " at byte " + from + ", of no use");
    }
  }

  private static boolean isFrameHeader(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != DHT && marker != JPG && marker != DAC;
  }

  private static boolean isRestart(int marker) {
    return marker >= 0xD0 && marker <= 0xD7;
  }

  /** Only what stands before the first scan says what the colors are, as in libjpeg. */
  private void application(int marker, int from, int body, int end) {
    if (marker == APP0 && startsWith(body, end, JFIF) && scans == 0) {
      if (end - body >= 14) {
        jfif = true;
        kept.add(new Kept(marker, from, end));
      } else {
        leniencies.add(Leniency.COLOR_MARKERS);
      }
    } else if (marker == APP14 && startsWith(body, end, ADOBE) && scans == 0) {
      if (end - body >= 12) {
        adobeTransform = u8(body + 11);
        kept.add(new Kept(marker, from, end));
      } else {
        leniencies.add(Leniency.COLOR_MARKERS);
      }
    } else if (marker == APP1 && exif == null && startsWith(body, end, EXIF)) {
      exif = Arrays.copyOfRange(bytes, body + EXIF.length, end);
    }
  }

  /** Notes which Huffman tables there are, and wide quantization tables. */
  private void tables(int marker, int body, int end) {
    if (marker == DQT) {
      for (int i = body; i < end; i += 1 + (u8(i) >> 4 == 0 ? BLOCK : 2 * BLOCK)) {
        if (u8(i) >> 4 != 0 && (frame < 0 || frame == 0xC0)) {
          leniencies.add(Leniency.WIDE_QUANTIZATION); // taken back for any but a baseline frame
        }
      }
    } else if (marker == DHT) {
      for (int i = body; i + 17 <= end; ) {
        int kind = u8(i) >> 4 & 1;
        huffmanTables |= 1 << (kind * 4 + (u8(i) & 3));
        int codes = 0;
        for (int k = 1; k <= 16; k++) {
          codes += u8(i + k);
        }
        i += 17 + codes;
      }
    }
  }

  private void frameHeader(int marker, int body, int end) throws DecodeException {
    if (frame >= 0) {
      throw bad("a second frame header at byte " + body);
    }
    if (end - body < 6) {
      throw bad("a frame header of " + (end - body) + " bytes: expected 6 or more");
    }
    int precision = u8(body);
    frame = marker;
    height = u16(body + 1);
    width = u16(body + 3);
    components = u8(body + 5);
    Guards.checkSides(width, height, limits);
    if (marker > 0xC3) {
      String why = marker >= 0xC9 ? "arithmetic coding" : "a hierarchical or differential frame";
      throw unsupported("a JPEG with %s (SOF%d)".formatted(why, marker - 0xC0));
    }
    if (precision != 8 && marker != 0xC3) {
      throw unsupported("a JPEG of %d bits a sample (SOF%d)".formatted(precision, marker - 0xC0));
    }
    if (components != 1 && components != 3 && components != 4) {
      throw unsupported("a JPEG of " + components + " components: expected 1, 3 or 4");
    }
    if (end - body != 6 + 3 * components) {
      throw bad(
          "a frame header of %d bytes at byte %d: expected %d for %d components"
              .formatted(end - body, body, 6 + 3 * components, components));
    }
    ids = new int[components];
    sampling = new int[components];
    scanned = new boolean[components];
    for (int c = 0; c < components; c++) {
      ids[c] = u8(body + 6 + 3 * c);
      sampling[c] = u8(body + 7 + 3 * c);
    }
    if (marker != 0xC0) {
      leniencies.remove(Leniency.WIDE_QUANTIZATION);
    }
  }

  private void scanHeader(int body, int end) throws DecodeException {
    if (frame < 0) {
      throw bad("a scan before the frame header at byte " + body);
    }
    int count = end > body ? u8(body) : 0;
    if (count < 1 || count > components || end - body != 4 + 2 * count) {
      throw bad("a scan header of " + (end - body) + " bytes at byte " + body);
    }
    if (scans == 0) {
      huffmanAtFirstScan = huffmanTables;
    }
    scans++;
    if (scans > limits.maxScans()) {
      throw new DecodeException(
          RejectionReason.TOO_MANY_SCANS, "over " + limits.maxScans() + " scans, the limit");
    }
    boolean sequential = frame == 0xC0 || frame == 0xC1;
    if (sequential && (u8(end - 3) != 0 || u8(end - 2) != BLOCK - 1 || u8(end - 1) != 0)) {
      leniencies.add(Leniency.SCAN_PARAMETERS);
    }
    int[] found = scanComponents(body, count);
    scanComponents.put(body - 4, found);
    for (int component : found) {
      scanned[component] |= frame != 0xC2 || u8(end - 3) == 0;
    }
  }

  /** Indices of a scan's components, matched as libjpeg does. */
  private int[] scanComponents(int body, int count) throws DecodeException {
    int[] found = new int[count];
    boolean[] used = new boolean[components];
    for (int i = 0; i < count; i++) {
      int id = u8(body + 1 + 2 * i);
      int match = -1;
      for (int c = 0; c < components && match < 0; c++) {
        match = ids[c] == id && !used[c] ? c : -1;
      }
      if (match < 0) {
        throw bad("a scan of component " + id + " at byte " + body + ", which the frame has not");
      }
      used[match] = true;
      found[i] = match;
    }
    return found;
  }

  /**
   * Skips entropy-coded data up to the next marker that is neither a stuffed byte nor a restart.
   */
  private void scanData() throws DecodeException {
    int from = at;
    while (at + 1 < bytes.length) {
      if (bytes[at] == (byte) 0xFF) {
        int next = u8(at + 1);
        if (next == 0 || isRestart(next)) {
          at++;
        } else if (next != 0xFF) {
          kept.add(new Kept(-1, from, at));
          return;
        }
      }
      at++;
    }
    throw endsEarly();
  }

  private void checkScans() throws DecodeException {
    for (int c = 0; c < components; c++) {
      if (!scanned[c]) {
        throw corrupt("no scan of component " + ids[c] + " before the end of image");
      }
    }
  }

  /** libjpeg's choice (jdapimin.c), which Pillow, OpenCV and browsers follow. */
  private Colors colors() {
    if (components == 1) {
      return Colors.GRAY;
    }
    boolean adobe = adobeTransform >= 0;
    if (components == 4) {
      if (!adobe) {
        leniencies.add(Leniency.CMYK_WITHOUT_ADOBE);
        return Colors.CMYK;
      }
      if (adobeTransform != 0 && adobeTransform != 2) {
        leniencies.add(Leniency.COLOR_MARKERS);
      }
      return adobeTransform == 0 ? Colors.CMYK : Colors.YCCK;
    }
    if (adobe && adobeTransform != 1 && (jfif || adobeTransform != 0)) {
      leniencies.add(Leniency.COLOR_MARKERS);
    }
    if (jfif) {
      return Colors.YCBCR;
    }
    if (adobe) {
      return adobeTransform == 0 ? Colors.RGB : Colors.YCBCR;
    }
    return ids[0] == 'R' && ids[1] == 'G' && ids[2] == 'B' ? Colors.RGB : Colors.YCBCR;
  }

  private boolean[] doubledRows() {
    int across = 0;
    int down = 0;
    for (int factors : sampling) {
      across = Math.max(across, factors >> 4);
      down = Math.max(down, factors & 15);
    }
    boolean[] doubled = new boolean[components];
    for (int c = 0; c < components; c++) {
      doubled[c] = sampling[c] >> 4 == across && (sampling[c] & 15) * 2 == down;
    }
    return doubled;
  }

  private byte[] codestream(JpegFrame jpeg) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + 600);
    out.write(0xFF);
    out.write(SOI);
    boolean lossless = jpeg.type() == JpegFrame.LOSSLESS;
    if (!lossless) {
      boolean known = jpeg.colors() == Colors.GRAY || jpeg.colors() == Colors.YCBCR;
      out.writeBytes(known ? SAYS_JFIF : SAYS_AS_THEY_ARE);
      if (jpeg.type() != JpegFrame.PROGRESSIVE && (huffmanAtFirstScan & 0x33) != 0x33) {
        StandardHuffman.write(out);
        if (huffmanAtFirstScan == 0) {
          leniencies.add(Leniency.MISSING_HUFFMAN_TABLES);
        }
      }
    }
    for (Kept part : kept) {
      boolean application = part.marker() == APP0 || part.marker() == APP14;
      if (application && !lossless) {
        continue;
      }
      if (!lossless && (part.marker() == SOS || isFrameHeader(part.marker()))) {
        out.writeBytes(numbered(part));
      } else {
        out.write(bytes, part.from(), part.to() - part.from());
      }
    }
    out.write(0xFF);
    out.write(EOI);
    return out.toByteArray();
  }

  /**
   * A frame or scan header whose components are called 1, 2, 3 and 4, from which no reader guesses,
   * and a sequential scan's range of coefficients.
   */
  private byte[] numbered(Kept part) {
    byte[] header = Arrays.copyOfRange(bytes, part.from(), part.to());
    if (part.marker() == SOS) {
      int count = header[4];
      int[] found = scanComponents.get(part.from());
      for (int i = 0; i < count; i++) {
        header[5 + 2 * i] = (byte) (found[i] + 1);
      }
      if (frame == 0xC0 || frame == 0xC1) {
        header[5 + 2 * count] = 0;
        header[6 + 2 * count] = BLOCK - 1;
        header[7 + 2 * count] = 0;
      }
    } else {
      for (int c = 0; c < components; c++) {
        header[10 + 3 * c] = (byte) (c + 1);
      }
    }
    return header;
  }

  private boolean startsWith(int from, int end, byte[] prefix) {
    return from + prefix.length <= end
        && Arrays.equals(bytes, from, from + prefix.length, prefix, 0, prefix.length);
  }

  private int u8(int at) {
    return bytes[at] & 0xFF;
  }

  private int u16(int at) {
    return u8(at) << 8 | u8(at + 1);
  }

  private DecodeException endsEarly() {
    RejectionReason reason = frame < 0 ? RejectionReason.BAD_HEADER : RejectionReason.CORRUPT;
    return new DecodeException(
        reason, "the JPEG ends at byte " + bytes.length + " without an end of image");
  }

  private static DecodeException unsupported(String what) {
    return new DecodeException(
        RejectionReason.UNSUPPORTED_FORMAT,
        what + ": expected SOF0, SOF1 or SOF2 with 8 bits, or SOF3");
  }

  private static DecodeException corrupt(String what) {
    return new DecodeException(RejectionReason.CORRUPT, "JPEG with " + what);
  }

  private static DecodeException bad(String what) {
    return new DecodeException(RejectionReason.BAD_HEADER, "JPEG with " + what);
  }
}
