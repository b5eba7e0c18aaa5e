package io.millrace.ops.node;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The folder with everything in it: images, weights, the token. */
public final class DataFolder {
  private DataFolder() {}

  /**
   * Makes it where it is missing, closed to everybody but its owner and group; one that is there
   * stays as it is.
   */
  public static void make(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = folder.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
    } else {
      Files.createDirectories(folder);
    }
  }

  /** Why the file system refused: its exceptions name the path alone in their messages. */
  public static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "access denied to user " + System.getProperty("user.name");
    }
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return reason == null ? e.toString() : reason;
  }
}
