package io.millrace.serving.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bearer token that routes ask for; kept in a file that its owner alone may read. */
public final class AccessToken {
  private static final Logger log = LoggerFactory.getLogger(AccessToken.class);
  private static final int BYTES = 32;
  private static final int LEAST_CHARACTERS = 16;

  private final byte[] token;

  private AccessToken(byte[] token) {
    this.token = token;
  }

  /**
   * Reads the file, or makes it where there is none. An empty one, as a crash or a full disk leaves
   * it, is made anew; one that others may read is used, with a warning.
   *
   * @throws IOException when it can't be read or made, or holds 1 to 15 characters
   */
  public static AccessToken in(Path file) throws IOException {
    return in(file, log::warn);
  }

  static AccessToken in(Path file, Consumer<String> warnings) throws IOException {
    if (!Files.exists(file)) {
      make(file);
    }
    String text = Files.readString(file).strip();
    if (text.isEmpty()) {
      warnings.accept(file + " was empty: a new token is in it now");
      replace(file);
      text = Files.readString(file).strip();
    }
    if (text.length() < LEAST_CHARACTERS) {
      throw new IOException(
          "the token in "
              + file
              + " has "
              + text.length()
              + " characters: expected at least "
              + LEAST_CHARACTERS);
    }
    warnWhereOthersRead(file, warnings);
    return new AccessToken(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void warnWhereOthersRead(Path file, Consumer<String> warnings) throws IOException {
    if (!isPosix(file)) {
      return;
    }
    Set<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(file));
    others.retainAll(
        Set.of(
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE));
    if (!others.isEmpty()) {
      warnings.accept(
          file
              + " can be read or written by others ("
              + PosixFilePermissions.toString(Files.getPosixFilePermissions(file))
              + "): 'chmod 600' it");
    }
  }

  private static boolean isPosix(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  /**
   * A file with a new token, beside the one that is to hold it: complete before it has its name.
   */
  private static Path written(Path file) throws IOException {
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IOException(file + " has no folder");
    }
    Files.createDirectories(parent);
    FileAttribute<?>[] ownerOnly =
        isPosix(file)
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    Path made = Files.createTempFile(parent, ".token-", ".new", ownerOnly);
    byte[] text = (HexFormat.of().formatHex(random) + "\n").getBytes(StandardCharsets.US_ASCII);
    try (FileChannel out = FileChannel.open(made, StandardOpenOption.WRITE)) {
      out.write(ByteBuffer.wrap(text));
      out.force(true);
    }
    return made;
  }

  private static void make(Path file) throws IOException {
    Path made = written(file);
    try {
      link(made, file);
    } catch (FileAlreadyExistsException e) {
      // Another process of this folder made it meanwhile: that one counts.
    } finally {
      Files.deleteIfExists(made);
    }
  }

  /** Gives a file its name, unless another has it. */
  private static void link(Path made, Path file) throws IOException {
    try {
      Files.createLink(file, made);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | IOException e) {
      Files.move(made, file); // a file system without hard links
    }
  }

  private static void replace(Path file) throws IOException {
    Path made = written(file);
    try {
      Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(made);
    }
  }

  /** What lets a browser read, and no more: nobody can tell the token from it. */
  String forReading() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update("millrace reads with ".getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(sha.digest(token));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Whether a cookie holds {@link #forReading}. */
  boolean isForReading(@Nullable String cookie) {
    return cookie != null
        && MessageDigest.isEqual(
            forReading().getBytes(StandardCharsets.US_ASCII),
            cookie.getBytes(StandardCharsets.UTF_8));
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
