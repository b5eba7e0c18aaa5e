package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.serving.http.ApiSettings;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The PyTorch example against the real routes: its gradient is autograd's to 1e-5. */
class PytorchExampleTest {
  @TempDir Path dir;

  @Test
  void theGradientOverHttpIsAutograds() throws Exception {
    String python = Examples.pythonWith("torch");
    assumeTrue(!python.isEmpty(), "skipped: no python3 with torch here");
    try (ServingHttp http = new ServingHttp(dir, ApiSettings.defaults(), () -> null)) {
      for (String method : List.of("byol", "simsiam", "moco", "dino", "obow")) {
        http.release(method);
        assertThat(run(python, http.address(), method))
            .contains("largest difference of a gradient component");
      }
      assertThat(run(python, http.address(), "distillation"))
          .contains("largest difference of a gradient component");
    }
  }

  private String run(String python, String address, String method) throws Exception {
    String program = Examples.folder().resolve("pytorch_auxiliary_loss.py").toString();
    return Examples.run(dir, python, program, "check", address, method);
  }
}
