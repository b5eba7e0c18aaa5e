package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.serving.http.ApiSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The PyTorch example against the real routes: its gradient is autograd's to 1e-5. */
class PytorchExampleTest {
  @TempDir Path dir;

  @Test
  void theGradientOverHttpIsAutograds() throws Exception {
    String python = pythonWithTorch();
    assumeTrue(!python.isEmpty(), "skipped: no python3 with torch here");
    try (ServingHttp http = new ServingHttp(dir, ApiSettings.defaults(), () -> null)) {
      http.release("byol");
      assertThat(run(python, http.address(), "byol"))
          .contains("largest difference of a gradient component");
      http.release("obow");
      assertThat(run(python, http.address(), "obow")).contains("obow: loss");
    }
  }

  private String run(String python, String address, String method) throws Exception {
    String program = Examples.folder().resolve("pytorch_auxiliary_loss.py").toString();
    return Examples.run(dir, python, program, "check", address, method);
  }

  private static String pythonWithTorch() throws InterruptedException {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      try {
        int code =
            new ProcessBuilder(python, "-c", "import torch")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (code == 0) {
          return python;
        }
      } catch (IOException e) {
        // No such program: the next one.
      }
    }
    return "";
  }
}
