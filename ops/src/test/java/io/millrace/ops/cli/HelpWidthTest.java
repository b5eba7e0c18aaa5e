package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Help of every command fits a terminal of 80 columns, and no example in it is broken. */
class HelpWidthTest {
  private static final int COLUMNS = 80;

  static Stream<String> commands() {
    return Stream.concat(
        Stream.of(""), Main.commandLine().getSubcommands().keySet().stream().sorted());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void fits(String name) {
    CommandLine main = Main.commandLine();
    CommandLine command = name.isEmpty() ? main : main.getSubcommands().get(name);
    command.setUsageHelpAutoWidth(false).setUsageHelpWidth(COLUMNS);
    var text = new StringWriter();
    command.usage(new PrintWriter(text), CommandLine.Help.Ansi.OFF);
    assertThat(text.toString().lines()).isNotEmpty().allMatch(line -> line.length() <= COLUMNS);
    // A line as long as the width is broken as well.
    String[] footer = command.getCommandSpec().usageMessage().footer();
    assertThat(Arrays.stream(footer).filter(line -> line.startsWith("  ")))
        .allSatisfy(line -> assertThat(text.toString().lines()).contains(line));
    assertThat(words(command)).isNotEmpty().isSubsetOf(text.toString().split("\\s+"));
  }

  /** What would be typed or looked for as it stands, such as learner.batchSize or compare.svg. */
  private static List<String> words(CommandLine command) {
    return Stream.concat(
            Arrays.stream(command.getCommandSpec().usageMessage().description()),
            command.getCommandSpec().options().stream()
                .flatMap(option -> Arrays.stream(option.description())))
        .flatMap(text -> Arrays.stream(text.split("\\s+")))
        .filter(word -> !word.isEmpty() && !word.contains("${") && !word.contains("%n"))
        .toList();
  }

  /** The list of commands shows the first line of each description and no more. */
  @Test
  void aCommandsFirstLineIsASentence() {
    assertThat(Main.commandLine().getSubcommands().values())
        .extracting(command -> command.getCommandSpec().usageMessage().description()[0])
        .allMatch(line -> line.strip().endsWith("."));
  }
}
