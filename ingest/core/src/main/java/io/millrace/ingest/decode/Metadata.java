package io.millrace.ingest.decode;

import io.millrace.ingest.image.ImageFormat;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of a file what says where, when, by whom and with what a picture was made (EXIF, XMP,
 * IPTC, comments, thumbnails, whatever follows the end), and leaves every byte that pixels are made
 * of. Color profiles stay.
 */
final class Metadata {
  private static final byte[] ICC = "ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] JFIF = "JFIF\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final int JFIF_WITHOUT_THUMBNAIL = 14;

  /** Chunks of PNG that say what samples mean. */
  private static final Set<String> MEANING =
      Set.of("tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "bKGD", "pHYs");

  private Metadata() {}

  /**
   * A file without metadata: {@code file} itself where it has none.
   *
   * @return null where the file's structure is too odd to take anything out
   */
  static byte @Nullable [] stripped(byte[] file) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(file.length);
    boolean walked = ImageFormat.of(file) == ImageFormat.PNG ? png(file, out) : jpeg(file, out);
    return !walked ? null : out.size() == file.length ? file : out.toByteArray();
  }

  private static boolean jpeg(byte[] file, ByteArrayOutputStream out) {
    out.write(file, 0, 2);
    int at = 2;
    while (at + 2 <= file.length) {
      if ((file[at] & 0xFF) != 0xFF) {
        return false;
      }
      int marker = file[at + 1] & 0xFF;
      if (marker == 0xD9) {
        out.write(file, at, 2);
        return true;
      }
      if (marker < 0xC0 || marker == 0xFF || (marker >= 0xD0 && marker <= 0xD8)) {
        return false;
      }
      int end = at + 4 <= file.length ? at + 2 + u16(file, at + 2) : file.length + 1;
      if (end > file.length || end < at + 4) {
        return false;
      }
      if (marker == 0xDA) {
        end = endOfScan(file, end);
      }
      if (stays(file, marker, at + 4, end)) {
        out.write(file, at, end - at);
      }
      at = end;
    }
    return false;
  }

  private static boolean stays(byte[] file, int marker, int body, int end) {
    if (marker == 0xE0) {
      return startsWith(file, body, JFIF) && end - body <= JFIF_WITHOUT_THUMBNAIL;
    }
    if (marker == 0xE2) {
      return startsWith(file, body, ICC);
    }
    return marker < 0xE0 || marker == 0xEE; // 0xEE: Adobe's word on what components mean
  }

  /** Where entropy-coded data ends: at a marker that is neither a stuffed byte nor a restart. */
  private static int endOfScan(byte[] file, int from) {
    for (int i = from; i + 1 < file.length; i++) {
      if ((file[i] & 0xFF) == 0xFF) {
        int next = file[i + 1] & 0xFF;
        if (next != 0 && next != 0xFF && (next < 0xD0 || next > 0xD7)) {
          return i;
        }
      }
    }
    return file.length;
  }

  private static boolean png(byte[] file, ByteArrayOutputStream out) {
    out.write(file, 0, 8);
    int at = 8;
    while (at + 12 <= file.length) {
      long length = (long) u16(file, at) << 16 | u16(file, at + 2);
      String type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
      long end = at + 12 + length;
      if (end > file.length) {
        return false;
      }
      boolean critical = (type.charAt(0) & 0x20) == 0;
      if (critical || MEANING.contains(type)) {
        out.write(file, at, (int) (end - at));
      }
      if (type.equals("IEND")) {
        return true;
      }
      at = (int) end;
    }
    return false;
  }

  private static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
  }

  private static boolean startsWith(byte[] bytes, int at, byte[] prefix) {
    for (int i = 0; i < prefix.length; i++) {
      if (at + i >= bytes.length || bytes[at + i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
