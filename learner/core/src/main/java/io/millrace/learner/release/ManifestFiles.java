package io.millrace.learner.release;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Manifests that lie beside their weights, as {@code MODEL@VERSION.json}: releases read without a
 * broker. What was decided of a release after it was made is in the topic alone.
 */
public final class ManifestFiles {
  private ManifestFiles() {}

  /** The name of a release's file. */
  public static String name(ReleaseManifest manifest) {
    return manifest.key() + ".json";
  }

  /**
   * A model's releases in a folder, oldest first.
   *
   * @throws IOException naming the file that is no manifest
   */
  public static List<ReleaseManifest> read(Path folder, String model) throws IOException {
    var out = new ArrayList<ReleaseManifest>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith(model + "@") && name.endsWith(".json")) {
          try {
            out.add(ReleaseManifest.fromJson(Files.readAllBytes(file)));
          } catch (IOException e) {
            throw new IOException(file + " is no release's manifest: " + e.getMessage(), e);
          }
        }
      }
    }
    out.sort(Comparator.comparingLong(ReleaseManifest::version));
    return out;
  }
}
