package io.millrace.learner.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What the operating system tells about the processor; little where that is not Linux.
 *
 * @param model its name
 * @param flags instruction sets, as Linux names them
 */
public record Cpu(String model, Set<String> flags) {

  /** The processor this runs on. */
  public static Cpu here() {
    Path file = Path.of("/proc/cpuinfo");
    try {
      List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
      return new Cpu(
          value(lines, "model name", System.getProperty("os.arch", "unknown")),
          Set.of(value(lines, "flags", "").split(" +")));
    } catch (IOException e) {
      return new Cpu(System.getProperty("os.arch", "unknown"), Set.of());
    }
  }

  private static String value(List<String> lines, String key, String otherwise) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(otherwise);
  }
}
