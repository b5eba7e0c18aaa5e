package io.millrace.learner.checkpoint;

import io.millrace.ingest.decode.PixelImage;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pixels on disk in immutable files, each named by its SHA-256: {@code
 * segments/<epoch>/<sha>.images}. An image is written once; a file is written anew without its dead
 * images when they outweigh the living ones, and small files are put together.
 *
 * <p>A writer removes only files of its own epoch and of those before: a stale one that wakes up
 * can't take away what its successor wrote and has not named yet.
 *
 * <p>Form, big-endian: eight bytes {@code MRIMAGE1}, the number of images, then for each width,
 * height and width · height · 3 bytes.
 */
final class ImageSegments {
  private static final Logger LOG = LoggerFactory.getLogger(ImageSegments.class);
  private static final long MAGIC = 0x4D52494D41474531L; // "MRIMAGE1"
  private static final String SUFFIX = ".images";
  private static final long LARGEST = 64L << 20;
  private static final long SMALL = 4L << 20;
  private static final int SMALL_ONES = 16;

  /** Where an image lies. */
  record Place(String segment, int index) {}

  private final Path root;
  private final DurableFiles files;
  private Map<PixelImage, Place> places = new IdentityHashMap<>();
  private final Map<String, Long> sizes = new HashMap<>();

  ImageSegments(Path root, DurableFiles files) {
    this.root = root;
    this.files = files;
  }

  /** Makes sure that images are on disk, and says where each lies. */
  Map<PixelImage, Place> store(Collection<PixelImage> images, long epoch) throws IOException {
    Set<String> rewrite = sparse(images);
    rewrite.addAll(vanished(images));
    var next = new IdentityHashMap<PixelImage, Place>();
    var fresh = new ArrayList<PixelImage>();
    for (PixelImage image : images) {
      Place place = places.get(image);
      if (place != null && !rewrite.contains(place.segment())) {
        next.put(image, place);
      } else if (!next.containsKey(image)) {
        next.put(image, new Place("", 0));
        fresh.add(image);
      }
    }
    for (int from = 0; from < fresh.size(); ) {
      int to = from;
      long bytes = 0;
      while (to < fresh.size() && (to == from || bytes + size(fresh.get(to)) <= LARGEST)) {
        bytes += size(fresh.get(to++));
      }
      List<PixelImage> part = fresh.subList(from, to);
      String segment = write(part, epoch);
      sizes.put(segment, bytes);
      for (int i = 0; i < part.size(); i++) {
        next.put(part.get(i), new Place(segment, i));
      }
      from = to;
    }
    places = next;
    return next;
  }

  /**
   * Reads a file's images, after checking them against its name.
   *
   * @throws IOException naming the file when it is not there, cut or altered
   */
  List<PixelImage> load(String segment) throws IOException {
    Path file = file(segment);
    if (!Files.isRegularFile(file)) {
      throw new IOException("image segment " + segment + " is not there");
    }
    String actual = Sha256.of(file);
    if (!segment.endsWith("/" + actual)) {
      throw new IOException("image segment " + segment + " is altered: its SHA-256 is " + actual);
    }
    try (var in =
        new DataInputStream(new java.io.BufferedInputStream(Files.newInputStream(file)))) {
      if (in.readLong() != MAGIC) {
        throw new IOException("image segment " + segment + " does not begin with MRIMAGE1");
      }
      int count = in.readInt();
      var images = new ArrayList<PixelImage>(count);
      long bytes = 0;
      for (int i = 0; i < count; i++) {
        int width = in.readInt();
        int height = in.readInt();
        byte[] rgb = new byte[width * height * 3];
        in.readFully(rgb);
        var image = new PixelImage(width, height, rgb);
        places.put(image, new Place(segment, i));
        bytes += size(image);
        images.add(image);
      }
      sizes.put(segment, bytes);
      return images;
    }
  }

  /** Removes the files of epochs up to this one that nobody names. */
  void retain(Set<String> named, long epoch) throws IOException {
    sizes.keySet().retainAll(named);
    for (Path directory : list(root)) {
      String name = directory.getFileName().toString();
      if (!name.matches("\\d{10}") || Long.parseLong(name) > epoch) {
        continue;
      }
      boolean empty = true;
      for (Path file : list(directory)) {
        String stem = file.getFileName().toString().replace(SUFFIX, "");
        if (named.contains(name + "/" + stem)) {
          empty = false;
        } else {
          files.delete(file);
        }
      }
      if (empty && Long.parseLong(name) < epoch) {
        files.delete(directory);
      }
    }
  }

  private String write(List<PixelImage> images, long epoch) throws IOException {
    String directory = String.format("%010d", epoch);
    files.makeDirectory(root.resolve(directory));
    Path temporary = root.resolve(directory).resolve("writing");
    String sha =
        Sha256.write(
            files,
            temporary,
            out -> {
              var data = new DataOutputStream(out);
              data.writeLong(MAGIC);
              data.writeInt(images.size());
              for (PixelImage image : images) {
                data.writeInt(image.width());
                data.writeInt(image.height());
                data.write(image.rgb());
              }
              data.flush();
            });
    String segment = directory + "/" + sha;
    files.rename(temporary, file(segment));
    files.syncDirectory(root.resolve(directory));
    files.syncDirectory(root);
    return segment;
  }

  /** Segments to write anew: those mostly dead, and the small ones where they are many. */
  private Set<String> sparse(Collection<PixelImage> images) {
    var live = new HashMap<String, Long>();
    for (PixelImage image : images) {
      Place place = places.get(image);
      if (place != null) {
        live.merge(place.segment(), size(image), Long::sum);
      }
    }
    var out = new HashSet<String>();
    live.forEach(
        (segment, bytes) -> {
          if (bytes * 2 < sizes.getOrDefault(segment, 0L)) {
            out.add(segment);
          }
        });
    List<String> small =
        live.entrySet().stream()
            .filter(e -> e.getValue() < SMALL)
            .map(Map.Entry::getKey)
            .sorted(Comparator.naturalOrder())
            .toList();
    if (small.size() > SMALL_ONES) {
      out.addAll(small);
    }
    return out;
  }

  /** Segments whose file is gone, or of another length: their images are still here. */
  private Set<String> vanished(Collection<PixelImage> images) throws IOException {
    var wanted = new HashSet<String>();
    for (PixelImage image : images) {
      Place place = places.get(image);
      if (place != null) {
        wanted.add(place.segment());
      }
    }
    var out = new HashSet<String>();
    for (String segment : wanted) {
      Path file = file(segment);
      if (!Files.isRegularFile(file) || Files.size(file) < sizes.getOrDefault(segment, 0L)) {
        LOG.error("image segment {} is gone or cut: its images are written again", file);
        out.add(segment);
      }
    }
    return out;
  }

  private Path file(String segment) {
    return root.resolve(segment + SUFFIX);
  }

  private static long size(PixelImage image) {
    return image.rgb().length;
  }

  private static List<Path> list(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (var stream = Files.list(directory)) {
      return stream.sorted().toList();
    }
  }
}
