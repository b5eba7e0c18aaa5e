package io.millrace.learner.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** PyTorch's DataLoader with Pillow over a folder, in a process of its own. */
final class DataLoaderRun {
  private static final String SCRIPT = "learner/bench/dataloader.py";
  private static final List<String> USUAL = List.of("python3", "/usr/bin/python3");

  private DataLoaderRun() {}

  /**
   * The first Python that has torch and Pillow; null where none has.
   *
   * @param asked tried alone; null for the usual ones
   */
  static @Nullable String python(@Nullable String asked) throws InterruptedException {
    for (String python : asked == null ? USUAL : List.of(asked)) {
      try {
        Process process =
            new ProcessBuilder(python, "-c", "import torch, PIL")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor() == 0) {
          return python;
        }
      } catch (IOException e) {
        System.err.println(python + ": " + e.getMessage());
      }
    }
    return null;
  }

  /**
   * Decodes, resizes the shorter side and cuts the center out, for some seconds.
   *
   * @return {@code imagesPerSecond} and versions
   */
  static JsonNode of(String python, Path folder, int side, int workers, int seconds)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                python,
                SCRIPT,
                folder.toString(),
                Integer.toString(side),
                Integer.toString(workers),
                Integer.toString(seconds))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(SCRIPT + " ended with " + process.exitValue());
    }
    return new ObjectMapper().readTree(said);
  }
}
