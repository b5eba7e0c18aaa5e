package io.millrace.learner.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of files, in hexadecimal. */
public final class Sha256 {
  private Sha256() {}

  /** Of a file. */
  public static String of(Path file) throws IOException {
    MessageDigest digest = digest();
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
      while (channel.read(chunk.clear()) >= 0) {
        digest.update(chunk.flip());
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Of bytes. */
  public static String of(byte[] bytes) {
    return HexFormat.of().formatHex(digest().digest(bytes));
  }

  /** Writes a file and says its hash. */
  public static String write(DurableFiles files, Path file, DurableFiles.Content content)
      throws IOException {
    MessageDigest digest = digest();
    files.write(
        file,
        out -> {
          OutputStream hashing = new DigestOutputStream(out, digest);
          content.writeTo(hashing);
          hashing.flush();
        });
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
