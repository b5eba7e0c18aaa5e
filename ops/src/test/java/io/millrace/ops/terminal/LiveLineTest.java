package io.millrace.ops.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveLineTest {
  private static final String ERASE = "\r\u001b[K";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void aTerminalsLineIsWrittenOverAndNeverWraps() {
    var line = new LiveLine(out, () -> 20);
    line.show("a long line that does not fit");
    line.show("short");
    assertThat(text()).isEqualTo(ERASE + "a long line that do" + ERASE + "short");
  }

  @Test
  void theLeastImportantPartsAreLeftOutWhole() {
    var line = new LiveLine(out, () -> 20);
    line.show(List.of("0:10 left", "step 1", "loss"));
    assertThat(text()).isEqualTo(ERASE + "0:10 left · step 1");
  }

  @Test
  void aResizedTerminalIsAskedAgain() {
    int[] columns = {20};
    var line = new LiveLine(out, () -> columns[0]);
    line.show(List.of("0:10 left", "step 1", "loss"));
    columns[0] = 12;
    line.show(List.of("0:09 left", "step 2", "loss"));
    assertThat(text()).endsWith(ERASE + "0:09 left");
  }

  @Test
  void whatElseIsWrittenStandsAboveTheLine() {
    var line = new LiveLine(out, () -> 20);
    PrintStream above = line.above();
    line.show("line");
    above.print("half");
    above.println();
    line.say("said");
    above.print("after\n");
    assertThat(text())
        .isEqualTo(
            ERASE
                + "line"
                + ERASE
                + "half"
                + System.lineSeparator()
                + ERASE
                + "line"
                + ERASE
                + "said"
                + System.lineSeparator()
                + "after\n");
  }

  @Test
  void withoutATerminalALineComesNowAndThen() {
    var line = LiveLine.plain(out);
    for (int i = 0; i < 11; i++) {
      line.show(List.of("tick " + i, "more"));
    }
    assertThat(text().lines()).containsExactly("tick 0 · more", "tick 10 · more");
  }

  @Test
  void aWidthThatTheTerminalDoesNotTellIsTheEnvironmentsOrTheUsual() {
    assertThat(TerminalWidth.fallback(Map.of("COLUMNS", "132"))).isEqualTo(132);
    assertThat(TerminalWidth.fallback(Map.of("COLUMNS", "wide"))).isEqualTo(80);
    assertThat(TerminalWidth.fallback(Map.of())).isEqualTo(80);
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
