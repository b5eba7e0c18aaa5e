package io.millrace.ops.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ops.dashboard.Status;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveLineTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void saysWhatMattersInOneLine() {
    assertThat(LiveLine.line(status()))
        .isEqualTo(
            "214 images/s · lag 1,024 · step 320 · loss 1.234 · std 0.041 · kNN 38.5 %"
                + " · release 2 · embedded 77 · 1:15 left");
  }

  @Test
  void aTerminalsLineIsWrittenOverAndNeverWraps() {
    var line = new LiveLine(out, true, 20);
    line.show("a long line that does not fit");
    line.show("short");
    assertThat(text()).isEqualTo("\ra long line that do\rshort" + " ".repeat(14));
  }

  @Test
  void withoutATerminalALineComesNowAndThen() {
    var line = new LiveLine(out, false, 80);
    for (int i = 0; i < 11; i++) {
      line.show("tick " + i);
    }
    assertThat(text().lines()).containsExactly("tick 0", "tick 10");
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static Status status() {
    Instant now = Instant.EPOCH;
    return new Status(
        now,
        now,
        "running",
        now.plusSeconds(75),
        List.of("learner"),
        null,
        new Status.Learner(
            "learning",
            "byol",
            "torch",
            "cpu",
            "float32",
            320,
            9000,
            0,
            1024L,
            214.2,
            1.2344,
            0.5,
            0.06,
            0.99,
            Map.of("featureStd", 0.041, "knn", 38.52),
            4000,
            3),
        new Status.Serving("2", 77, 0, 0L, null, 1, null, 0),
        List.of(new Status.Release("2", 300, now, "promoted", Map.of())),
        List.of());
  }
}
