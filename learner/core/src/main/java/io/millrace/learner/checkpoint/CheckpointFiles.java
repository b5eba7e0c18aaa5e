package io.millrace.learner.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A checkpoint's own files: their names, their sums and the manifest among them. */
final class CheckpointFiles {
  static final String STATE = "state.safetensors";
  static final String REPLAY = "replay.json";
  static final String MANIFEST = "manifest.json";
  static final String SUMS = "SHA256SUMS";

  /** The tensor of the feed's window of hashes. */
  static final String SEEN = "feed.seen";

  /** What the names of a method's tensors begin with. */
  static final String TENSOR = "state.";

  static final ObjectMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .build();

  private CheckpointFiles() {}

  static CheckpointManifest manifest(Path checkpoint) throws IOException {
    return JSON.readValue(checkpoint.resolve(MANIFEST).toFile(), CheckpointManifest.class);
  }

  /** Whether a checkpoint was saved while the monitors were within the guard's bounds. */
  static boolean healthy(Path checkpoint) {
    try {
      return !manifest(checkpoint).progress().unhealthy();
    } catch (IOException e) {
      return false;
    }
  }

  /** Bytes of the files. */
  static long bytes(Path checkpoint) throws IOException {
    long sum = 0;
    try (var own = Files.list(checkpoint)) {
      for (Path file : own.toList()) {
        sum += Files.size(file);
      }
    }
    return sum;
  }

  /** Writes the hashes of files by name, as {@code sha256sum} does. */
  static void writeSums(DurableFiles files, Path checkpoint, Map<String, String> sums)
      throws IOException {
    var lines = new StringBuilder();
    sums.forEach((file, sha) -> lines.append(sha).append("  ").append(file).append('\n'));
    files.write(
        checkpoint.resolve(SUMS),
        out -> out.write(lines.toString().getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Checks the files against their hashes.
   *
   * @throws IOException naming the file that is missing, cut or altered
   */
  static void check(Path checkpoint) throws IOException {
    Map<String, String> sums = sums(checkpoint);
    for (String name : List.of(STATE, REPLAY, MANIFEST)) {
      Path file = checkpoint.resolve(name);
      if (!Files.isRegularFile(file)) {
        throw new IOException(name + " is not there");
      }
      String expected = sums.get(name);
      String actual = Sha256.of(file);
      if (!actual.equals(expected)) {
        throw new IOException(
            name
                + " ("
                + Files.size(file)
                + " bytes) is cut or altered: its SHA-256 is "
                + actual
                + ", "
                + SUMS
                + " says "
                + expected);
      }
    }
  }

  private static Map<String, String> sums(Path checkpoint) throws IOException {
    Path file = checkpoint.resolve(SUMS);
    if (!Files.isRegularFile(file)) {
      throw new IOException(SUMS + " is not there");
    }
    var out = new HashMap<String, String>();
    for (String line : Files.readAllLines(file)) {
      String[] parts = line.split("  ", 2);
      if (parts.length != 2 || !parts[0].matches("[0-9a-f]{64}")) {
        throw new IOException(SUMS + " holds the line '" + line + "': expected a hash and a name");
      }
      out.put(parts[1], parts[0]);
    }
    return out;
  }
}
