package io.millrace.ops.terminal;

import java.util.List;

/** What {@link PseudoTerminalTest} runs in a terminal: a live line among log lines. */
public final class LiveLineProgram {
  private LiveLineProgram() {}

  public static void main(String[] args) {
    PrintlnLog log = new PrintlnLog();
    try (var line = LiveLine.onStderr()) {
      for (int tick = 0; tick < 3; tick++) {
        line.show(
            List.of(
                "draining, at most 0:4" + tick + " left",
                "release 12",
                "kNN 38.5 %",
                "214 images/s",
                "step 320",
                "loss 1.234",
                "embedded 77",
                "lag 1,024",
                "std 0.041"));
        log.info("log line " + tick);
      }
      line.say("said");
      line.show(List.of("done", "release 12"));
    }
    System.out.println("table");
  }

  /** As a logging library does: looks stderr up each time, and writes a line in two pieces. */
  private static final class PrintlnLog {
    void info(String text) {
      System.err.print(text);
      System.err.println();
    }
  }
}
