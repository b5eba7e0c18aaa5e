package io.millrace.ingest.source;

import io.millrace.ingest.image.ContentHash;
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
 *   <li>An image is known by the end of its name; others are skipped, as are hidden files.
 *   <li>A top folder {@code test}, {@code val} or {@code validation} is held out whole. Where there
 *       is none, a tenth of each class folder is, by a hash of the path, so that an image stays
 *       where it is when others join it. Images outside any class folder could not be evaluated:
 *       all are streamed.
 *   <li>The class is the first folder below {@code train}, {@code test} …, or the top folder.
 *   <li>One folder around all that is looked through.
 * </ul>
 *
 * @param stream what is published, in the store's order
 * @param heldOut what evaluation uses, ordered by a hash of the path
 * @param skipped files skipped
 */
record ImageLayout(List<Item> stream, List<Item> heldOut, long skipped) {
  private static final Set<String> IMAGE_ENDINGS =
      Set.of(
          "jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "webp", "tif", "tiff", "heic", "heif",
          "avif", "jp2", "ppm", "pgm", "ico");
  private static final Set<String> HELD_OUT = Set.of("test", "val", "validation");
  private static final String TRAIN = "train";
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
    for (int i = 0; i < entries.size(); i++) {
      if (isImage(entries.get(i).path())) {
        last.put(entries.get(i).path(), i);
      }
    }
    List<Integer> images = new ArrayList<>(last.values());
    images.sort(null);
    List<List<String>> paths = images.stream().map(i -> segments(entries.get(i).path())).toList();
    int root = isWrapped(paths) ? 1 : 0;
    boolean split = paths.stream().anyMatch(p -> isIn(p, root, HELD_OUT));
    boolean train =
        paths.stream()
            .anyMatch(p -> isIn(p, root, Set.of(TRAIN)) && (split || p.size() > root + 2));
    List<Item> stream = new ArrayList<>();
    List<Item> heldOut = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      List<String> path = paths.get(i);
      boolean test = isIn(path, root, HELD_OUT);
      int top = test || (train && isIn(path, root, Set.of(TRAIN))) ? root + 1 : root;
      String label = path.size() > top + 1 ? path.get(top) : null;
      Item item = new Item(images.get(i), entries.get(images.get(i)).path(), label);
      boolean tenth = !split && label != null && hash(item.path()) % HELD_OUT_ONE_IN == 0;
      (test || tenth ? heldOut : stream).add(item);
    }
    heldOut.sort(Comparator.<Item>comparingLong(i -> hash(i.path())).thenComparing(Item::path));
    return new ImageLayout(
        List.copyOf(stream), List.copyOf(heldOut), entries.size() - images.size());
  }

  /** Whether one folder holds everything, and in it {@code train} or a held-out folder. */
  private static boolean isWrapped(List<List<String>> paths) {
    Set<String> known = Set.of("train", "test", "val", "validation");
    return !paths.isEmpty()
        && paths.stream().allMatch(p -> p.size() > 1 && p.get(0).equals(paths.get(0).get(0)))
        && !known.contains(paths.get(0).get(0).toLowerCase(Locale.ROOT))
        && paths.stream().anyMatch(p -> isIn(p, 1, known));
  }

  /** Whether the folder at a depth is one of {@code names}. */
  private static boolean isIn(List<String> path, int depth, Set<String> names) {
    return path.size() > depth + 1 && names.contains(path.get(depth).toLowerCase(Locale.ROOT));
  }

  private static List<String> segments(String path) {
    return List.of(path.split("/")).stream().filter(s -> !s.isEmpty() && !s.equals(".")).toList();
  }

  private static boolean isImage(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    int dot = name.lastIndexOf('.');
    return dot > 0
        && !name.startsWith(".")
        && !path.startsWith("__MACOSX/")
        && IMAGE_ENDINGS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  /** The first 63 bits of the path's SHA-256. */
  private static long hash(String path) {
    byte[] digest = ContentHash.newDigest().digest(path.getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.wrap(digest).getLong() >>> 1;
  }
}
