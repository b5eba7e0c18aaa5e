package io.millrace.ingest.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.DecodeOutcome.Decoded;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.image.ImageRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Reads a real zip of pictures where there is one; skipped elsewhere. */
class RealZipTest {
  private static final String FILE = "cifar10-jpeg.zip";

  private static Optional<Path> sharedFile() {
    String named = System.getProperty("MILLRACE_SHARED", System.getenv("MILLRACE_SHARED"));
    if (named != null) {
      return Optional.of(Path.of(named, "data", FILE)).filter(Files::exists);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve(".ci"))) {
        return Optional.of(at.resolveSibling("shared").resolve("data").resolve(FILE))
            .filter(Files::exists);
      }
    }
    return Optional.empty();
  }

  @Test
  void theZipIsSplitByItsTestFolderAndItsImagesDecode() throws IOException {
    Optional<Path> file = sharedFile();
    Assumptions.assumeTrue(file.isPresent(), "skipped: no shared/data/" + FILE);
    try (ImageSource source = ImageSources.open(file.orElseThrow());
        ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults())) {
      assertThat(source.stream().count()).isEqualTo(50_000);
      assertThat(source.heldOut().count()).isEqualTo(10_000);
      assertThat(source.labels()).hasSize(10).contains("airplane", "truck");
      Set<String> mixed = new HashSet<>();
      for (int i = 0; i < 200; i++) {
        mixed.add(String.valueOf(source.heldOut().label(i)));
        ImageRecord image = source.stream().read(i * 250L);
        DecodeOutcome outcome = decoder.decode(image.bytes());
        assertThat(outcome).isInstanceOf(Decoded.class);
        assertThat(((Decoded) outcome).image().width()).isEqualTo(32);
      }
      assertThat(mixed).as("classes in the first 200 held-out images").hasSize(10);
    }
  }
}
