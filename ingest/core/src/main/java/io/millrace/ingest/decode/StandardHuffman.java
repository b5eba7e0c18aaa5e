package io.millrace.ingest.decode;

import java.io.ByteArrayOutputStream;
import javax.imageio.plugins.jpeg.JPEGHuffmanTable;

/** The typical Huffman tables of ITU-T T.81, annex K.3, which Motion JPEG leaves out. */
final class StandardHuffman {
  private StandardHuffman() {}

  /** Writes a DHT segment with all four: classes 0 (DC) and 1 (AC), numbers 0 and 1. */
  static void write(ByteArrayOutputStream out) {
    ByteArrayOutputStream tables = new ByteArrayOutputStream();
    table(tables, 0x00, JPEGHuffmanTable.StdDCLuminance);
    table(tables, 0x10, JPEGHuffmanTable.StdACLuminance);
    table(tables, 0x01, JPEGHuffmanTable.StdDCChrominance);
    table(tables, 0x11, JPEGHuffmanTable.StdACChrominance);
    int length = tables.size() + 2;
    out.write(0xFF);
    out.write(0xC4);
    out.write(length >> 8);
    out.write(length);
    out.writeBytes(tables.toByteArray());
  }

  private static void table(ByteArrayOutputStream out, int kind, JPEGHuffmanTable table) {
    out.write(kind);
    for (int i = 0; i < 16; i++) {
      out.write(i < table.getLengths().length ? table.getLengths()[i] : 0);
    }
    for (short value : table.getValues()) {
      out.write(value);
    }
  }
}
