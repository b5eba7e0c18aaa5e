package io.millrace.ingest.source;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Links in an archive: each leads to a regular file of the same archive, over others, or nowhere.
 */
final class ArchiveLinks {
  /** One after another, as Linux follows them: a circle ends here. */
  private static final int MOST_LINKS = 40;

  private final Map<String, Integer> files = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();

  /**
   * @param number index of a regular file; a later one of the same path replaces it
   */
  void file(String path, int number) {
    Deque<String> own = parts("", path);
    if (own != null) {
      files.put(String.join("/", own), number);
    }
  }

  /**
   * @param target path from the archive's root
   */
  void hardLink(String path, String target) {
    link(path, parts("", target));
  }

  /**
   * @param target path from the link's own folder
   */
  void symbolicLink(String path, String target) {
    int folder = path.lastIndexOf('/');
    link(
        path,
        target.startsWith("/") ? null : parts(path.substring(0, Math.max(0, folder)), target));
  }

  private void link(String path, @Nullable Deque<String> target) {
    Deque<String> own = parts("", path);
    if (own != null && target != null) {
      links.put(String.join("/", own), String.join("/", target));
    }
  }

  /** The regular file that a link leads to; −1 for none. */
  int target(String path) {
    Deque<String> own = parts("", path);
    String at = own == null ? null : links.get(String.join("/", own));
    for (int i = 0; at != null && i < MOST_LINKS; i++) {
      Integer file = files.get(at);
      if (file != null) {
        return file;
      }
      at = next(at);
    }
    return -1;
  }

  /** Where a link leads, or what is below a link to a folder; null for neither. */
  private @Nullable String next(String at) {
    String own = links.get(at);
    for (int end = at.lastIndexOf('/');
        own == null && end > 0;
        end = at.lastIndexOf('/', end - 1)) {
      String folder = links.get(at.substring(0, end));
      own = folder == null ? null : folder + at.substring(end);
    }
    return own;
  }

  /** A path's folders and name, without "." and ".."; null where it leads out of the archive. */
  private static @Nullable Deque<String> parts(String from, String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : Arrays.asList((from + "/" + path).split("/"))) {
      if (part.equals("..")) {
        if (parts.pollLast() == null) {
          return null;
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return parts;
  }
}
