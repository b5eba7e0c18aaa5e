package io.millrace.ingest.source;

import io.millrace.ingest.image.ContentHash;
import io.millrace.ingest.image.OtherFormats;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which files are images, of which class, and which are held out.
 *
 * <ul>
 *   <li>A JPEG or PNG image is known by the end of its name; others are skipped, as is all that is
 *       hidden or lies in a folder that systems and tools make for themselves, at any depth.
 *   <li>A top folder {@code test}, {@code val} or {@code validation} is held out whole, and beside
 *       one for training {@code valid} and {@code testing} are. Where there is none, a tenth of
 *       each class folder is, by a hash of the path, so that an image stays where it is when others
 *       join it. Images outside any class folder could not be evaluated: all are streamed.
 *   <li>The class is the first folder below {@code train}, {@code test} …, or the top folder.
 *   <li>A folder around all folders is looked through, and one around that, whatever images lie
 *       beside it.
 * </ul>
 *
 * @param stream what is published, in the store's order
 * @param heldOut what evaluation uses, ordered by a hash of the path
 * @param skipped files skipped
 */
record ImageLayout(List<Item> stream, List<Item> heldOut, SkippedFiles skipped) {
  private static final Set<String> IMAGE_ENDINGS = Set.of("jpg", "jpeg", "jpe", "jfif", "png");

  /** Folders of systems and tools that no dot tells, in lower case. */
  private static final Set<String> NOT_THE_USERS =
      Set.of(
          "__macosx",
          "@eadir",
          "@recycle",
          "@recently-snapshot",
          "@tmp",
          "#recycle",
          "#snapshot",
          "$recycle.bin",
          "system volume information",
          "lost+found",
          "recycler",
          "~snapshot",
          "@__thumb",
          "@sharebin",
          "network trash folder",
          "temporary items",
          "node_modules",
          "__pycache__");

  private static final Set<String> HELD_OUT = Set.of("test", "val", "validation");

  /** What may be a class as well where there is no folder for training. */
  private static final Set<String> HELD_OUT_BESIDE_TRAIN =
      Set.of("test", "val", "validation", "valid", "testing");

  private static final Set<String> TRAIN = Set.of("train", "training");
  private static final int HELD_OUT_ONE_IN = 10;

  /**
   * One image.
   *
   * @param number index in the store
   * @param path its path
   * @param label its class; null when it lies in no class folder
   */
  record Item(int number, String path, @Nullable String label) {}

  static ImageLayout of(List<FileEntry> entries) {
    Map<String, Integer> last =
        new HashMap<>(); // a tar file may hold a path twice: the last counts
    SkippedFiles skipped = new SkippedFiles();
    for (int i = 0; i < entries.size(); i++) {
      String path = entries.get(i).path();
      SkipReason reason = skipReason(path);
      if (reason == null) {
        last.put(path, i);
      } else {
        skipped.add(reason, path);
      }
    }
    List<Integer> images = new ArrayList<>(last.values());
    images.sort(null);
    List<List<String>> paths = images.stream().map(i -> segments(entries.get(i).path())).toList();
    int root = 0;
    while (isWrapped(paths, root)) {
      root++;
    }
    int top = root;
    boolean trained = paths.stream().anyMatch(p -> isIn(p, top, TRAIN));
    Set<String> held = trained ? HELD_OUT_BESIDE_TRAIN : HELD_OUT;
    boolean split = paths.stream().anyMatch(p -> isIn(p, top, held));
    boolean train =
        paths.stream().anyMatch(p -> isIn(p, top, TRAIN) && (split || p.size() > top + 2));
    List<Item> stream = new ArrayList<>();
    List<Item> heldOut = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      List<String> path = paths.get(i);
      boolean test = isIn(path, top, held);
      int at = test || (train && isIn(path, top, TRAIN)) ? top + 1 : top;
      String label = path.size() > at + 1 ? path.get(at) : null;
      Item item = new Item(images.get(i), entries.get(images.get(i)).path(), label);
      boolean tenth = !split && label != null && hash(item.path()) % HELD_OUT_ONE_IN == 0;
      (test || tenth ? heldOut : stream).add(item);
    }
    heldOut.sort(Comparator.<Item>comparingLong(i -> hash(i.path())).thenComparing(Item::path));
    return new ImageLayout(List.copyOf(stream), List.copyOf(heldOut), skipped);
  }

  /** Whether there is one folder at a depth, with folders in it, and it is no split's. */
  private static boolean isWrapped(List<List<String>> paths, int depth) {
    List<List<String>> inFolders = paths.stream().filter(p -> p.size() > depth + 1).toList();
    if (inFolders.isEmpty()) {
      return false;
    }
    String folder = inFolders.get(0).get(depth);
    String lower = folder.toLowerCase(Locale.ROOT);
    return !HELD_OUT.contains(lower)
        && !TRAIN.contains(lower)
        && inFolders.stream().allMatch(p -> p.get(depth).equals(folder))
        && inFolders.stream().anyMatch(p -> p.size() > depth + 2);
  }

  /** Whether the folder at a depth is one of {@code names}. */
  private static boolean isIn(List<String> path, int depth, Set<String> names) {
    return path.size() > depth + 1 && names.contains(path.get(depth).toLowerCase(Locale.ROOT));
  }

  private static List<String> segments(String path) {
    return List.of(path.split("/")).stream()
        .filter(s -> !s.isEmpty() && !s.equals(".") && !s.equals(".."))
        .toList();
  }

  private static @Nullable SkipReason skipReason(String path) {
    for (String part : segments(path)) {
      if (part.startsWith(".") || NOT_THE_USERS.contains(part.toLowerCase(Locale.ROOT))) {
        return SkipReason.HIDDEN;
      }
    }
    String name = path.substring(path.lastIndexOf('/') + 1);
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    if (name.indexOf('.') > 0 && IMAGE_ENDINGS.contains(ending)) {
      return null;
    }
    return OtherFormats.byName(name) ? SkipReason.OTHER_FORMAT : SkipReason.NO_IMAGE;
  }

  /** The first 63 bits of the path's SHA-256. */
  private static long hash(String path) {
    byte[] digest = ContentHash.newDigest().digest(path.getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.wrap(digest).getLong() >>> 1;
  }
}
