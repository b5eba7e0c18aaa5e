package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SkippedBatchFilesTest {
  @TempDir Path folder;

  @Test
  void aForgottenImageGoesAndTheOthersStayInTheirPlaces() throws Exception {
    var batches = new SkippedBatchFiles(folder.resolve("skipped"));
    batches.forget(List.of("b"));
    var pixel = new PixelImage(1, 1, new byte[] {1, 2, 3});
    batches.keep(
        7,
        IdentifiedImage.zip(List.of("a", "b", "c"), List.of(pixel, pixel, pixel)),
        true,
        "the loss is NaN");
    batches.forget(List.of("b", "nobody"));
    Path kept = folder.resolve("skipped").resolve("step-7");
    assertThat(kept.resolve("0.png")).exists();
    assertThat(kept.resolve("1.png")).doesNotExist();
    assertThat(kept.resolve("2.png")).exists();
    assertThat(Files.readString(kept.resolve("batch.json")))
        .contains("\"a\"", "\"c\"", "the loss is NaN")
        .doesNotContain("\"b\"");
  }
}
