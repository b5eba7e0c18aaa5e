package io.millrace.serving.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The bearer token that routes ask for; kept in a file that its owner alone may read. */
public final class AccessToken {
  private static final int BYTES = 32;
  private static final int LEAST_CHARACTERS = 16;

  private final byte[] token;

  private AccessToken(byte[] token) {
    this.token = token;
  }

  /**
   * Reads the file, or makes it where there is none.
   *
   * @throws IOException when it can't be read or made, or holds fewer than 16 characters
   */
  public static AccessToken in(Path file) throws IOException {
    if (!Files.exists(file)) {
      make(file);
    }
    String text = Files.readString(file).strip();
    if (text.length() < LEAST_CHARACTERS) {
      throw new IOException(
          "the token in "
              + file
              + " has "
              + text.length()
              + " characters: expected at least "
              + LEAST_CHARACTERS);
    }
    return new AccessToken(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void make(Path file) throws IOException {
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    FileAttribute<?>[] ownerOnly =
        file.getFileSystem().supportedFileAttributeViews().contains("posix")
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try {
      Files.createFile(file, ownerOnly);
      Files.writeString(
          file, HexFormat.of().formatHex(random) + "\n", StandardOpenOption.TRUNCATE_EXISTING);
    } catch (FileAlreadyExistsException e) {
      // Another process of this folder made it meanwhile: that one counts.
    }
  }

  /** Whether an {@code Authorization} header carries it; takes the same time for any text. */
  boolean isIn(@Nullable String authorization) {
    String prefix = "Bearer ";
    return authorization != null
        && authorization.regionMatches(true, 0, prefix, 0, prefix.length())
        && MessageDigest.isEqual(
            token,
            authorization.substring(prefix.length()).strip().getBytes(StandardCharsets.UTF_8));
  }
}
