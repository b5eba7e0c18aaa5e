package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** What a command prints. */
final class Printed {
  private Printed() {}

  /** Runs a command that ends well. */
  static String by(String... command) {
    var out = new ByteArrayOutputStream();
    PrintStream stdout = System.out;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      assertThat(Main.execute(Main.commandLine(), command)).isZero();
      return out.toString(StandardCharsets.UTF_8);
    } finally {
      System.setOut(stdout);
    }
  }
}
