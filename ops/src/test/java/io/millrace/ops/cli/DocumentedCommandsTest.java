package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Commands that the README and the page on production print are taken as they are written. */
class DocumentedCommandsTest {
  private static final String PROGRAM = "./millrace ";

  static Stream<String> commands() throws IOException {
    var out = new ArrayList<String>();
    for (String page : List.of("README.md", "docs/production.md")) {
      boolean code = false;
      for (String line : Files.readAllLines(root().resolve(page))) {
        String text = line.strip();
        code ^= text.startsWith("```");
        int at = text.indexOf(PROGRAM);
        if (code && at >= 0) {
          out.add(text.substring(at + PROGRAM.length()).replaceFirst("\\s+(#|>) .*", ""));
        }
      }
    }
    return out.stream().distinct();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isTaken(String command) {
    String[] words = Arrays.stream(command.split("\\s+")).toArray(String[]::new);
    assertThatCode(() -> Main.commandLine().parseArgs(words)).doesNotThrowAnyException();
  }

  @Test
  void findsThem() throws IOException {
    assertThat(commands()).contains("demo", "rollback --config millrace.yaml");
  }

  private static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("millrace"))) {
      at = Objects.requireNonNull(at.getParent());
    }
    return at;
  }
}
