package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.serving.http.ApiSettings;
import io.millrace.testing.Examples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
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

  @Test
  void theTrainerOnFewLabelsRunsWithoutAndWithTheLoss() throws Exception {
    String python = Examples.pythonWith("torch, PIL");
    assumeTrue(!python.isEmpty(), "skipped: no python3 with torch and Pillow here");
    Path zip = dir.resolve("images.zip");
    List<PixelImage> images = ReleasedModels.images(12);
    try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (int i = 0; i < 12; i++) {
        String part = i < 8 ? "train" : "test";
        out.putNextEntry(new ZipEntry(part + "/" + (i % 2 == 0 ? "a" : "b") + "/" + i + ".png"));
        out.write(ServingApiTest.png(images.get(i)));
      }
    }
    try (ServingHttp http = new ServingHttp(dir, ApiSettings.defaults(), () -> null)) {
      http.release("byol");
      String program = Examples.folder().resolve("pytorch_few_labels.py").toString();
      String printed =
          Examples.run(
              dir,
              python,
              program,
              zip.toString(),
              "--millrace",
              http.address(),
              "--labels=0.5",
              "--steps=2",
              "--longer=3",
              "--batch=4",
              "--unlabeled=4");
      assertThat(printed.lines().map(line -> line.replaceAll(", \"accuracy.*", "")))
          .containsExactly(
              "{\"seed\": 1, \"auxiliary\": null, \"updates\": 2",
              "{\"seed\": 1, \"auxiliary\": \"distillation\", \"updates\": 2",
              "{\"seed\": 1, \"auxiliary\": null, \"updates\": 6");
      assertThat(http.meters.scrape())
          .contains("\nmillrace_api_images_total{model=\"auxiliary\"} 8.0");
    }
  }

  private String run(String python, String address, String method) throws Exception {
    String program = Examples.folder().resolve("pytorch_auxiliary_loss.py").toString();
    return Examples.run(dir, python, program, "check", address, method);
  }
}
