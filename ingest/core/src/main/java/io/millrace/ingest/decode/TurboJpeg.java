package io.millrace.ingest.decode;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.lang.ref.Cleaner;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ordinary JPEG files by the system's libjpeg-turbo, where there is one: the same pixels as the
 * JDK's libjpeg makes, in a fraction of the time. Asked for fewer pixels it leaves out frequencies
 * that a smaller image can't show, which costs less still and does not alias. It is a short cut and
 * no judge: whatever it complains about is left to the reader that everything else goes through.
 * One for each thread. {@code -Dmillrace.turbojpeg=false} does without.
 *
 * <p>API: libjpeg-turbo's {@code turbojpeg.h}, functions that version 1.2 has and 3 still has.
 */
final class TurboJpeg {
  private static final Logger LOG = LoggerFactory.getLogger(TurboJpeg.class);
  private static final int RGB = 0;
  private static final boolean HERE = load();
  private static final Cleaner CLEANER = Cleaner.create();
  private static final int[] DIVISORS = {8, 4, 2};

  /** Baseline and extended frame headers; of many scans a call could not be ended in time. */
  private static final int SOF0 = 0xC0;

  private static final int SOF1 = 0xC1;

  private final Pointer handle;

  private TurboJpeg(Pointer handle) {
    this.handle = handle;
    CLEANER.register(this, () -> tjDestroy(handle));
  }

  /** Whether the library is on this machine. */
  static boolean isHere() {
    return HERE;
  }

  /** A decoder for one thread; null where the library is not there. */
  static @Nullable TurboJpeg create() {
    Pointer handle = HERE ? tjInitDecompress() : null;
    return handle == null ? null : new TurboJpeg(handle);
  }

  /** What {@link #read} divides sides by so that the longest is still {@code maxSide} or more. */
  static int divisor(int width, int height, int maxSide) {
    for (int divisor : DIVISORS) {
      if (scaled(Math.max(width, height), divisor) >= maxSide) {
        return divisor;
      }
    }
    return 1;
  }

  /**
   * Stored pixels, all of them where the longest side is under twice {@code maxSide}; else fewer,
   * the longest side still {@code maxSide} or more.
   *
   * @param codestream a JPEG file whose header has passed the guards
   * @return null where another reader must look: the file is of another kind, or damaged
   */
  @Nullable PixelImage read(byte[] codestream, int width, int height, int maxSide) {
    int divisor = divisor(width, height, maxSide);
    if (!isOrdinary(codestream)) {
      return null;
    }
    int w = scaled(width, divisor);
    int h = scaled(height, divisor);
    byte[] rgb = new byte[w * h * 3];
    int failed =
        tjDecompress2(handle, codestream, new NativeLong(codestream.length), rgb, w, 0, h, RGB, 0);
    return failed == 0 ? new PixelImage(w, h, rgb) : null;
  }

  private static int scaled(int side, int divisor) {
    return (side + divisor - 1) / divisor;
  }

  /** Whether it is of one scan of three components, Y, Cb and Cr beyond doubt. */
  private static boolean isOrdinary(byte[] file) {
    boolean frame = false;
    for (int at = 2; at + 5 <= file.length; ) {
      int marker = file[at + 1] & 0xFF;
      if ((file[at] & 0xFF) != 0xFF || marker < SOF0 || marker == 0xFF) {
        return false;
      }
      int length = (file[at + 2] & 0xFF) << 8 | (file[at + 3] & 0xFF);
      if (marker == 0xDA) {
        return frame && file[at + 4] == 3;
      }
      boolean startOfFrame = marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
      if (startOfFrame) {
        if ((marker != SOF0 && marker != SOF1) || at + 19 > file.length || !isYcc(file, at + 4)) {
          return false;
        }
        frame = true;
      } else if (marker == 0xEE) {
        return false; // Adobe says what the components mean
      }
      at += 2 + length;
    }
    return false;
  }

  private static boolean isYcc(byte[] file, int body) {
    int luma = file[body + 7];
    return file[body] == 8
        && (luma == 0x11 || luma == 0x21 || luma == 0x22) // others are enlarged another way
        && file[body + 10] == 0x11
        && file[body + 13] == 0x11
        && file[body + 5] == 3
        && file[body + 6] == 1
        && file[body + 9] == 2
        && file[body + 12] == 3;
  }

  private static boolean load() {
    if (!Boolean.parseBoolean(System.getProperty("millrace.turbojpeg", "true"))) {
      return false;
    }
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    List<String> names =
        os.contains("linux") ? List.of("libturbojpeg.so.0", "turbojpeg") : List.of("turbojpeg");
    for (String name : names) {
      try {
        Native.register(TurboJpeg.class, name);
        LOG.info("ordinary JPEG files are decoded by libjpeg-turbo ({})", name);
        return true;
      } catch (LinkageError e) {
        LOG.debug("no {}: {}", name, e.getMessage());
      }
    }
    LOG.info("no libjpeg-turbo here: JPEG files take the Java platform's decoder");
    return false;
  }

  private static native Pointer tjInitDecompress();

  private static native int tjDestroy(Pointer handle);

  private static native int tjDecompress2(
      Pointer handle,
      byte[] file,
      NativeLong size,
      byte[] pixels,
      int width,
      int pitch,
      int height,
      int format,
      int flags);
}
