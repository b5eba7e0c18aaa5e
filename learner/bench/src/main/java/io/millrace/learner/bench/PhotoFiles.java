package io.millrace.learner.bench;

import io.millrace.ingest.decode.Photographs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * A folder of made photographs. A few are drawn, the others are these with a number in a comment
 * segment: other bytes, so that none counts as a duplicate, and as much work.
 */
final class PhotoFiles implements AutoCloseable {
  private static final int DRAWN = 32;

  final Path folder;

  PhotoFiles(int count, int width, int height) throws IOException {
    folder = Files.createTempDirectory("millrace-photographs-");
    byte[][] drawn = new byte[Math.min(DRAWN, count)][];
    for (int i = 0; i < count; i++) {
      int of = i % drawn.length;
      if (drawn[of] == null) {
        drawn[of] = Photographs.jpeg(width, height, of);
      }
      Files.write(folder.resolve("photo-%05d.jpg".formatted(i)), numbered(drawn[of], i));
    }
  }

  /** The file with a comment right after its first marker. */
  static byte[] numbered(byte[] jpeg, int number) {
    return ByteBuffer.allocate(jpeg.length + 8)
        .put(jpeg, 0, 2)
        .putShort((short) 0xFFFE)
        .putShort((short) 6)
        .putInt(number)
        .put(jpeg, 2, jpeg.length - 2)
        .array();
  }

  @Override
  public void close() throws IOException {
    delete(folder);
  }

  static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
