package io.millrace.learner.checkpoint;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.replay.KeptImage;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
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
 * Images on disk in immutable files, each named by its SHA-256: {@code
 * segments/<epoch>/<sha>.images}. An image is written once; a file is written anew without its dead
 * images when they outweigh the living ones, and small files are put together.
 *
 * <p>A writer removes only files of its own epoch and of those before: a stale one that wakes up
 * can't take away what its successor wrote and has not named yet.
 *
 * <p>Form, big-endian: eight bytes {@code MRIMAGE2}, the number of images, then for each one byte:
 * 0 before pixels, which are width, height and width · height · 3 bytes; 1 before a compressed
 * file, which is its length and its bytes. {@code MRIMAGE1}, of earlier builds, holds pixels alone,
 * without that byte.
 */
final class ImageSegments {
  private static final Logger LOG = LoggerFactory.getLogger(ImageSegments.class);
  private static final long PIXELS_ALONE = 0x4D52494D41474531L; // "MRIMAGE1"
  private static final long MAGIC = 0x4D52494D41474532L; // "MRIMAGE2"
  private static final int PIXELS = 0;
  private static final int FILE = 1;
  static final String SUFFIX = ".images";
  private static final long LARGEST = 64L << 20;
  private static final long SMALL = 4L << 20;
  private static final int SMALL_ONES = 16;

  /** Where an image lies. */
  record Place(String segment, int index) {}

  private final Path root;
  private final DurableFiles files;
  private Map<Object, Place> places = new IdentityHashMap<>();
  private final Map<String, Long> sizes = new HashMap<>();

  ImageSegments(Path root, DurableFiles files) {
    this.root = root;
    this.files = files;
  }

  /** Makes sure that images are on disk, and says where each lies, by its identity. */
  Map<Object, Place> store(Collection<KeptImage> images, long epoch) throws IOException {
    Set<String> rewrite = sparse(images);
    rewrite.addAll(vanished(images));
    var next = new IdentityHashMap<Object, Place>();
    var fresh = new ArrayList<KeptImage>();
    for (KeptImage image : images) {
      Place place = places.get(image.identity());
      if (place != null && !rewrite.contains(place.segment())) {
        next.put(image.identity(), place);
      } else if (!next.containsKey(image.identity())) {
        next.put(image.identity(), new Place("", 0));
        fresh.add(image);
      }
    }
    for (int from = 0; from < fresh.size(); ) {
      int to = from;
      long bytes = 0;
      while (to < fresh.size() && (to == from || bytes + fresh.get(to).bytes() <= LARGEST)) {
        bytes += fresh.get(to++).bytes();
      }
      List<KeptImage> part = fresh.subList(from, to);
      String segment = write(part, epoch);
      sizes.put(segment, bytes);
      for (int i = 0; i < part.size(); i++) {
        next.put(part.get(i).identity(), new Place(segment, i));
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
  List<KeptImage> load(String segment) throws IOException {
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
      long magic = in.readLong();
      if (magic != MAGIC && magic != PIXELS_ALONE) {
        throw new IOException(
            "image segment " + segment + " begins with neither MRIMAGE1 nor MRIMAGE2");
      }
      int count = in.readInt();
      var images = new ArrayList<KeptImage>(count);
      long bytes = 0;
      for (int i = 0; i < count; i++) {
        KeptImage image = image(in, magic == MAGIC ? in.readByte() : PIXELS, segment);
        places.put(image.identity(), new Place(segment, i));
        bytes += image.bytes();
        images.add(image);
      }
      sizes.put(segment, bytes);
      return images;
    }
  }

  private static KeptImage image(DataInputStream in, int kind, String segment) throws IOException {
    return switch (kind) {
      case PIXELS -> {
        int width = in.readInt();
        int height = in.readInt();
        yield KeptImage.of(new PixelImage(width, height, bytes(in, width * height * 3)));
      }
      case FILE -> new KeptImage.Encoded(bytes(in, in.readInt()));
      default ->
          throw new IOException("image segment " + segment + " holds an image of kind " + kind);
    };
  }

  private static byte[] bytes(DataInputStream in, int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  private static void write(DataOutputStream out, KeptImage kept) throws IOException {
    if (kept instanceof KeptImage.Pixels pixels) {
      PixelImage image = pixels.image();
      out.writeByte(PIXELS);
      out.writeInt(image.width());
      out.writeInt(image.height());
      out.write(image.rgb());
    } else if (kept instanceof KeptImage.Encoded encoded) {
      out.writeByte(FILE);
      out.writeInt(encoded.file().length);
      out.write(encoded.file());
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

  private String write(List<KeptImage> images, long epoch) throws IOException {
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
              for (KeptImage image : images) {
                write(data, image);
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
  private Set<String> sparse(Collection<KeptImage> images) {
    var live = new HashMap<String, Long>();
    for (KeptImage image : images) {
      Place place = places.get(image.identity());
      if (place != null) {
        live.merge(place.segment(), image.bytes(), Long::sum);
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
  private Set<String> vanished(Collection<KeptImage> images) throws IOException {
    var wanted = new HashSet<String>();
    for (KeptImage image : images) {
      Place place = places.get(image.identity());
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

  /**
   * Takes a file's bytes from elsewhere.
   *
   * @throws IOException naming the file where they are not what its name says
   */
  void take(String segment, InputStream in) throws IOException {
    Path directory = file(segment).getParent();
    files.makeDirectory(directory);
    Path temporary = directory.resolve("taking");
    String sha = Sha256.write(files, temporary, in::transferTo);
    if (!segment.endsWith("/" + sha)) {
      throw new IOException("image segment " + segment + " is altered: its SHA-256 is " + sha);
    }
    files.rename(temporary, file(segment));
    files.syncDirectory(directory);
    files.syncDirectory(root);
  }

  Path file(String segment) {
    return root.resolve(segment + SUFFIX);
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
