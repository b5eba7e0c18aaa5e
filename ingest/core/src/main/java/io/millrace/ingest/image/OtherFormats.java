package io.millrace.ingest.image;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Image formats that Millrace does not read, by the end of a name and by the first bytes. */
public final class OtherFormats {
  private static final Set<String> ENDINGS =
      Set.of(
          "heic", "heif", "avif", "webp", "gif", "bmp", "tif", "tiff", "jp2", "j2k", "jpx", "jxl",
          "ppm", "pgm", "pbm", "pnm", "ico", "svg", "psd", "dng", "cr2", "nef", "arw", "raw", "tga",
          "exr", "hdr");

  private static final Map<String, String> BRANDS =
      Map.of("avif", "AVIF", "avis", "AVIF"); // other brands of image files are HEIC's

  private OtherFormats() {}

  /** Whether a file with this name is said to be of one of them. */
  public static boolean byName(String name) {
    return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
  }

  /** The format's name; null for JPEG, PNG and what is no image. */
  public static @Nullable String byContent(byte[] bytes) {
    if (ImageFormat.of(bytes) != ImageFormat.UNKNOWN || bytes.length < 12) {
      return null;
    }
    String start = new String(bytes, 0, 12, StandardCharsets.ISO_8859_1);
    if (start.startsWith("RIFF") && start.startsWith("WEBP", 8)) {
      return "WebP";
    }
    if (start.startsWith("ftyp", 4)) {
      return BRANDS.getOrDefault(start.substring(8, 12), "HEIC");
    }
    if (start.startsWith("GIF8")) {
      return "GIF";
    }
    if (start.startsWith("II*\0") || start.startsWith("MM\0*")) {
      return "TIFF";
    }
    if (start.startsWith("jP", 4) || start.startsWith("JXL ", 4)) {
      return start.startsWith("jP", 4) ? "JPEG 2000" : "JPEG XL";
    }
    return start.startsWith("BM") && bytes.length > 26 ? "BMP" : null;
  }
}
