package io.millrace.ingest.decode;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JPEG file's scans block by block without making pixels (ITU-T T.81, annexes F and G), to
 * tell bytes left over after whole data, which some cameras write, from damage. Only files that the
 * reader warned of come here, so it is written to be plain, not fast.
 *
 * <p>Left-over bytes are accepted after the last block of a scan; before a restart marker only two
 * of them, or zeros: a damaged interval ends out of step as well.
 */
final class JpegScanCheck {
  private static final int SOS = 0xDA;
  private static final int EOI = 0xD9;
  private static final int DHT = 0xC4;
  private static final int DRI = 0xDD;
  private static final int BLOCK = 64;
  private static final int PADDING = 2;

  private final byte[] bytes;
  private final DecodeTimer timer;
  private final @Nullable Table[] tables = new Table[8]; // class × 4 + number
  private int at = 2;
  private int restartInterval;
  private boolean progressive;
  private int width;
  private int height;
  private int across;
  private int down;
  private Component[] components = {};

  private int bits;
  private int bitCount;

  /** One component of the frame. */
  private static final class Component {
    private final int h;
    private final int v;
    private final int blocksAcross; // of the component's own samples
    private final int blocksDown;
    private final int stored; // blocks in a row of whole MCUs
    private final long[] nonZero; // a bit for each coefficient of each block, progressive only

    Component(int h, int v, int width, int height, int across, int down, boolean progressive) {
      this.h = h;
      this.v = v;
      blocksAcross = ceil((long) width * h, 8L * across);
      blocksDown = ceil((long) height * v, 8L * down);
      stored = ceil(width, 8L * across) * h;
      nonZero = new long[progressive ? stored * ceil(height, 8L * down) * v : 0];
    }
  }

  /** One component in one scan. */
  private record ScanComponent(Component component, @Nullable Table dc, @Nullable Table ac) {}

  /** A Huffman table by code length: T.81, F.2.2.3. */
  private static final class Table {
    private final int[] maxCode = new int[17];
    private final int[] offset = new int[17];
    private final int[] values;

    Table(byte[] from, int counts, int total) {
      values = new int[total];
      int code = 0;
      int index = 0;
      for (int length = 1; length <= 16; length++) {
        int count = from[counts + length - 1] & 0xFF;
        offset[length] = index - code;
        code += count;
        index += count;
        maxCode[length] = count == 0 ? -1 : code - 1;
        code <<= 1;
      }
      for (int i = 0; i < total; i++) {
        values[i] = from[counts + 16 + i] & 0xFF;
      }
    }
  }

  private JpegScanCheck(byte[] codestream, DecodeTimer timer) {
    this.bytes = codestream;
    this.timer = timer;
  }

  /**
   * @throws IOException where a block is damaged or missing
   */
  static void check(ImageHeader header, DecodeTimer timer) throws IOException {
    try {
      new JpegScanCheck(header.codestream(), timer).walk();
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new IOException("a table of the JPEG is cut short", e);
    }
  }

  private void walk() throws IOException {
    while (true) {
      while (u8(at) == 0xFF) {
        at++;
      }
      int marker = u8(at++);
      if (marker == EOI) {
        return;
      }
      int body = at + 2;
      int end = at + u16(at);
      at = end;
      switch (marker) {
        case 0xC0, 0xC1, 0xC2 -> frame(marker, body);
        case DHT -> huffman(body, end);
        case DRI -> restartInterval = u16(body);
        case SOS -> scan(body);
        default -> {}
      }
    }
  }

  private void frame(int marker, int body) throws IOException {
    progressive = marker == 0xC2;
    height = u16(body + 1);
    width = u16(body + 3);
    int count = u8(body + 5);
    for (int c = 0; c < count; c++) {
      across = Math.max(across, u8(body + 7 + 3 * c) >> 4);
      down = Math.max(down, u8(body + 7 + 3 * c) & 15);
    }
    if (across < 1 || across > 4 || down < 1 || down > 4) {
      throw new IOException("sampling factors of " + across + "×" + down);
    }
    components = new Component[count];
    for (int c = 0; c < count; c++) {
      int factors = u8(body + 7 + 3 * c);
      components[c] =
          new Component(factors >> 4, factors & 15, width, height, across, down, progressive);
    }
  }

  private void huffman(int body, int end) {
    for (int i = body; i + 17 <= end; ) {
      int total = 0;
      for (int k = 1; k <= 16; k++) {
        total += u8(i + k);
      }
      tables[(u8(i) >> 4 & 1) * 4 + (u8(i) & 3)] = new Table(bytes, i + 1, total);
      i += 17 + total;
    }
  }

  private void scan(int body) throws IOException {
    int count = u8(body);
    ScanComponent[] scan = new ScanComponent[count];
    for (int i = 0; i < count; i++) {
      int ids = body + 1 + 2 * i;
      scan[i] =
          new ScanComponent(
              components[u8(ids) - 1], tables[u8(ids + 1) >> 4 & 3], tables[4 + (u8(ids + 1) & 3)]);
    }
    int parameters = body + 1 + 2 * count;
    Coefficients range =
        new Coefficients(
            u8(parameters), u8(parameters + 1), u8(parameters + 2) >> 4, u8(parameters + 2) & 15);
    int columns;
    int rows;
    if (count == 1) {
      columns = scan[0].component().blocksAcross;
      rows = scan[0].component().blocksDown;
    } else {
      columns = ceil(width, 8L * across);
      rows = ceil(height, 8L * down);
    }
    long units = (long) columns * rows;
    int restarts = 0;
    startInterval();
    int[] predictions = new int[count];
    for (long unit = 0; unit < units; unit++) {
      if (restartInterval > 0 && unit > 0 && unit % restartInterval == 0) {
        endInterval(restarts++ & 7);
        startInterval();
        Arrays.fill(predictions, 0);
      }
      if (unit % columns == 0) {
        timer.check();
      }
      int column = (int) (unit % columns);
      int row = (int) (unit / columns);
      for (int i = 0; i < count; i++) {
        Component c = scan[i].component();
        int h = count == 1 ? 1 : c.h;
        int v = count == 1 ? 1 : c.v;
        for (int y = 0; y < v; y++) {
          for (int x = 0; x < h; x++) {
            block(scan[i], (row * v + y) * c.stored + column * h + x, range, predictions, i);
          }
        }
      }
    }
    // What is left, restart markers included, belongs to nothing.
    while (!(u8(at) == 0xFF && u8(at + 1) != 0 && u8(at + 1) != 0xFF && !isRestart(at))) {
      at++;
    }
  }

  /** Spectral selection and successive approximation: T.81, G.1.1.1. */
  private record Coefficients(int from, int to, int high, int low) {}

  private int endOfBands;

  private void startInterval() {
    bits = 0;
    bitCount = 0;
    endOfBands = 0;
  }

  /** Goes on behind the restart marker with a number. */
  private void endInterval(int number) throws IOException {
    if (endOfBands > 0) {
      throw new IOException("a run of ended bands goes beyond byte " + at);
    }
    int from = at;
    while (u8(at) != 0xFF || u8(at + 1) == 0) {
      at++;
    }
    int left = at - from;
    boolean zeros = true;
    for (int i = from; i < at; i++) {
      zeros &= bytes[i] == 0;
    }
    if (left > PADDING && !zeros) {
      throw new IOException(left + " bytes are left over at byte " + from + ", within a scan");
    }
    while (u8(at) == 0xFF) {
      at++;
    }
    if (u8(at) != 0xD0 + number) {
      throw new IOException(
          "marker 0x%x at byte %d: expected restart %d".formatted(u8(at), at, number));
    }
    at++;
  }

  private void block(
      ScanComponent scan, int index, Coefficients range, int[] predictions, int component)
      throws IOException {
    if (!progressive) {
      dc(scan, 0, predictions, component);
      ac(scan, 1, BLOCK - 1);
    } else if (range.from() == 0) {
      if (range.high() == 0) {
        dc(scan, range.low(), predictions, component);
      } else {
        receive(1);
      }
    } else if (range.high() == 0) {
      firstBand(scan, index, range);
    } else {
      refineBand(scan, index, range);
    }
  }

  private void dc(ScanComponent scan, int shift, int[] predictions, int component)
      throws IOException {
    int size = decode(scan.dc());
    if (size > 11) {
      throw new IOException("a DC difference of " + size + " bits before byte " + at);
    }
    int value = receive(size);
    predictions[component] += size > 0 && value < 1 << size - 1 ? value - (1 << size) + 1 : value;
    if (Math.abs(predictions[component] << shift) > 4096) {
      throw new IOException("a DC value out of range before byte " + at);
    }
  }

  private void ac(ScanComponent scan, int from, int to) throws IOException {
    for (int k = from; k <= to; k++) {
      int symbol = decode(scan.ac());
      int size = symbol & 15;
      int run = symbol >> 4;
      if (size == 0) {
        if (run < 15) {
          return;
        }
        k += 15;
        continue;
      }
      k += run;
      if (k > to) {
        throw beyond(k);
      }
      receive(size);
    }
  }

  private void firstBand(ScanComponent scan, int index, Coefficients range) throws IOException {
    if (endOfBands > 0) {
      endOfBands--;
      return;
    }
    for (int k = range.from(); k <= range.to(); k++) {
      int symbol = decode(scan.ac());
      int size = symbol & 15;
      int run = symbol >> 4;
      if (size == 0) {
        if (run < 15) {
          endOfBands = (1 << run) + receive(run) - 1;
          return;
        }
        k += 15;
        continue;
      }
      k += run;
      if (k > range.to()) {
        throw beyond(k);
      }
      receive(size);
      scan.component().nonZero[index] |= 1L << k;
    }
  }

  private void refineBand(ScanComponent scan, int index, Coefficients range) throws IOException {
    long[] nonZero = scan.component().nonZero;
    int k = range.from();
    if (endOfBands == 0) {
      for (; k <= range.to(); k++) {
        int symbol = decode(scan.ac());
        int size = symbol & 15;
        int run = symbol >> 4;
        if (size == 0 && run < 15) {
          endOfBands = (1 << run) + receive(run);
          break;
        }
        if (size != 0) {
          receive(1);
        }
        for (; k <= range.to(); k++) {
          if ((nonZero[index] & 1L << k) != 0) {
            receive(1);
          } else if (--run < 0) {
            break;
          }
        }
        if (size != 0) {
          if (k > range.to()) {
            throw beyond(k);
          }
          nonZero[index] |= 1L << k;
        }
      }
    }
    if (endOfBands > 0) {
      for (; k <= range.to(); k++) {
        if ((nonZero[index] & 1L << k) != 0) {
          receive(1);
        }
      }
      endOfBands--;
    }
  }

  private int decode(@Nullable Table table) throws IOException {
    if (table == null) {
      throw new IOException("a scan names a Huffman table that is not there");
    }
    int code = 0;
    for (int length = 1; length <= 16; length++) {
      code = code << 1 | receive(1);
      if (code <= table.maxCode[length]) {
        return table.values[code + table.offset[length]];
      }
    }
    throw new IOException("no Huffman code before byte " + at);
  }

  private int receive(int count) throws IOException {
    int value = 0;
    for (int i = 0; i < count; i++) {
      if (bitCount == 0) {
        bits = u8(at);
        if (bits == 0xFF) {
          if (u8(at + 1) != 0) {
            throw new IOException("the scan's data ends early at byte " + at);
          }
          at++;
        }
        at++;
        bitCount = 8;
      }
      value = value << 1 | (bits >> --bitCount & 1);
    }
    return value;
  }

  private boolean isRestart(int marker) {
    return u8(marker + 1) >= 0xD0 && u8(marker + 1) <= 0xD7;
  }

  private static IOException beyond(int coefficient) {
    return new IOException("coefficient " + coefficient + " of a block, beyond its last");
  }

  private int u8(int index) {
    return bytes[index] & 0xFF;
  }

  private int u16(int index) {
    return u8(index) << 8 | u8(index + 1);
  }

  private static int ceil(long value, long by) {
    return (int) ((value + by - 1) / by);
  }
}
