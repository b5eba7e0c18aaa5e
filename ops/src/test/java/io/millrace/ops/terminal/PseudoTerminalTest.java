package io.millrace.ops.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The live line as a terminal of a given width shows it, by Python's pty. */
class PseudoTerminalTest {
  /** Runs a command in a terminal of so many columns; copies what it writes. */
  private static final String PYTHON =
      """
      import fcntl, os, pty, struct, sys, termios
      columns, command = int(sys.argv[1]), sys.argv[2:]
      child, terminal = pty.fork()
      if child == 0:
          fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
          os.execvp(command[0], command)
      try:
          while True:
              read = os.read(terminal, 65536)
              if not read:
                  break
              sys.stdout.buffer.write(read)
      except OSError:
          pass
      sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "60, 'draining, at most 0:42 left · release 12 · kNN 38.5 %'",
    "80, 'draining, at most 0:42 left · release 12 · kNN 38.5 % · 214 images/s · step 320'",
    "120, 'draining, at most 0:42 left · release 12 · kNN 38.5 % · 214 images/s · step 320"
        + " · loss 1.234 · embedded 77'",
  })
  void theLineFitsAndLogLinesStandAboveIt(int columns, String last) throws Exception {
    String written = inTerminal(columns, Map.of());
    var screen = new Screen(columns);
    List<String> seen = new ArrayList<>();
    written
        .codePoints()
        .forEach(
            c -> {
              screen.put(c);
              seen.add(screen.cursorRow());
            });
    assertThat(screen.rows())
        .containsExactly(
            "log line 0", "log line 1", "log line 2", "said", "done · release 12", "table");
    assertThat(seen).contains(last);
    // Shown in full, it would take a second row in all of them.
    assertThat(written).doesNotContain("std 0.041");
  }

  @Test
  void aTerminalThatCannotWriteOverGetsPlainLines() throws Exception {
    assertThat(inTerminal(80, Map.of("TERM", "dumb")).replace("\r\n", "\n"))
        .doesNotContain("\r", "\u001b")
        .contains("std 0.041\n", "log line 2\n", "table\n");
  }

  private String inTerminal(int columns, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path python = Files.writeString(folder.resolve("terminal.py"), PYTHON);
    Path out = folder.resolve("out");
    Process process;
    try {
      var builder =
          new ProcessBuilder(
                  "python3",
                  python.toString(),
                  Integer.toString(columns),
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Dstderr.encoding=UTF-8",
                  "-Dfile.encoding=UTF-8",
                  "-cp",
                  System.getProperty("java.class.path"),
                  LiveLineProgram.class.getName())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile());
      builder.environment().put("TERM", "xterm");
      builder.environment().put("LC_ALL", "C.UTF-8");
      builder.environment().putAll(environment);
      process = builder.start();
    } catch (IOException e) {
      assumeTrue(false, "no python3 to make a pseudo-terminal with: " + e.getMessage());
      throw e;
    }
    assertThat(process.waitFor()).as(() -> "exit code").isZero();
    return Files.readString(out, StandardCharsets.UTF_8);
  }

  /** As much of a terminal as a live line uses: wrapping, return, newline, erase to the end. */
  private static final class Screen {
    private final int columns;
    private final List<StringBuilder> rows = new ArrayList<>(List.of(new StringBuilder()));
    private int column;
    private String escape = "";

    Screen(int columns) {
      this.columns = columns;
    }

    void put(int c) {
      StringBuilder row = rows.get(rows.size() - 1);
      if (!escape.isEmpty() || c == 0x1b) {
        escape += Character.toString(c);
        if (escape.equals("\u001b[K")) {
          row.setLength(Math.min(row.length(), column));
          escape = "";
        } else if (escape.length() > 2) {
          throw new AssertionError("no escape sequence that every terminal knows: " + escape);
        }
      } else if (c == '\r') {
        column = 0;
      } else if (c == '\n') {
        rows.add(new StringBuilder());
      } else {
        if (column == columns) {
          rows.add(new StringBuilder());
          column = 0;
        }
        row = rows.get(rows.size() - 1);
        row.setLength(Math.max(row.length(), column));
        row.replace(column, Math.min(row.length(), column + 1), Character.toString(c));
        column++;
      }
    }

    String cursorRow() {
      return rows.get(rows.size() - 1).toString();
    }

    List<String> rows() {
      return rows.stream().map(StringBuilder::toString).filter(row -> !row.isEmpty()).toList();
    }
  }
}
