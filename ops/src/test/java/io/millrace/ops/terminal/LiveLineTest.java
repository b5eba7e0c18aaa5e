package io.millrace.ops.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LiveLineTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

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
}
