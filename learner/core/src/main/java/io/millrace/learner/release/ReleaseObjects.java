package io.millrace.learner.release;

import io.millrace.ingest.objects.ObjectPlace;
import io.millrace.ingest.objects.ObjectStore;
import io.millrace.learner.checkpoint.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Releases in object storage, for servers that share no folder with the learner: weights under the
 * names of their files, which are their hashes, then the manifest. Who reads one keeps a copy of
 * it.
 */
public final class ReleaseObjects {
  private static final String FETCHED = "fetched";

  /** Copies that stay: a server has few releases in use. */
  private static final int COPIES = 8;

  private final ObjectStore objects;
  private final ObjectPlace place;

  /**
   * @param objects stays its maker's
   */
  public ReleaseObjects(ObjectStore objects, ObjectPlace place) {
    this.objects = objects;
    this.place = place;
  }

  /** Puts weights where they are not yet; their name tells their content. */
  void putWeights(Path file) throws IOException {
    String key = key(file);
    if (!objects.has(place.bucket(), key, Files.size(file))) {
      objects.put(place.bucket(), key, file);
    }
  }

  void putManifest(Path file) throws IOException {
    objects.put(place.bucket(), key(file), file);
  }

  void delete(Path file) throws IOException {
    objects.delete(place.bucket(), key(file));
  }

  private String key(Path file) {
    return place.key(file.getFileName().toString());
  }

  /**
   * A copy of a release's weights, fetched where there is none, in a folder of its own under {@code
   * directory}; copies that were not used for long are removed.
   *
   * @throws IOException naming the object that is not there, cut or altered
   */
  public Path copy(Path directory, ReleaseManifest manifest) throws IOException {
    Path folder = Files.createDirectories(directory.resolve(FETCHED));
    Path copy = folder.resolve(manifest.weights());
    if (!folder.equals(copy.normalize().getParent())) {
      throw new IOException(
          "release " + manifest.key() + " names no file of weights: " + manifest.weights());
    }
    if (Files.isRegularFile(copy)) {
      Files.setLastModifiedTime(copy, FileTime.from(Instant.now()));
    } else {
      fetch(manifest, copy);
      prune(folder);
    }
    return copy;
  }

  private void fetch(ReleaseManifest manifest, Path copy) throws IOException {
    Path writing = Files.createTempFile(copy.getParent(), ".", ".fetching");
    try {
      try (InputStream in = objects.read(place.bucket(), place.key(manifest.weights()))) {
        Files.copy(in, writing, StandardCopyOption.REPLACE_EXISTING);
      }
      String actual = Sha256.of(writing);
      if (!actual.equals(manifest.weightsSha256())) {
        throw new IOException(
            "the weights of release %s are cut or altered: the SHA-256 of %s%s is %s, the manifest says %s"
                .formatted(
                    manifest.key(), place, manifest.weights(), actual, manifest.weightsSha256()));
      }
      Files.move(writing, copy, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(writing);
    }
  }

  private static void prune(Path folder) throws IOException {
    record Copy(Path file, FileTime used) {}
    List<Copy> copies = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        copies.add(new Copy(file, Files.getLastModifiedTime(file)));
      }
    }
    copies.sort(Comparator.comparing(Copy::used).reversed());
    for (Copy old : copies.subList(Math.min(COPIES, copies.size()), copies.size())) {
      Files.deleteIfExists(old.file());
    }
  }
}
