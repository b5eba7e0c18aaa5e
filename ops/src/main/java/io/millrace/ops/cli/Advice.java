package io.millrace.ops.cli;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Commands that an error tells to run, with the options that the user gave: the same command
 * without them would ask another cluster.
 */
final class Advice {
  /** Commands that read the configuration, as errors quote them. */
  private static final Pattern COMMAND =
      Pattern.compile("'(millrace (?:topics|releases|promote|reject|rollback|run)\\b[^']*)'");

  private static final List<String> CARRIED = List.of("--config", "--set");

  private Advice() {}

  /** The text with {@code --config} and {@code --set}, as given, in the commands that it quotes. */
  static String withOptions(String text, ParseResult given) {
    ParseResult command = given;
    while (command.hasSubcommand()) {
      command = command.subcommand();
    }
    String options =
        command.matchedOptions().stream()
            .distinct()
            .filter(option -> CARRIED.contains(option.longestName()))
            .map(Advice::spelled)
            .collect(Collectors.joining());
    return COMMAND
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement("'" + found.group(1) + options + "'"));
  }

  private static String spelled(OptionSpec option) {
    return option.stringValues().stream()
        .map(value -> " " + option.longestName() + " " + shell(value))
        .collect(Collectors.joining());
  }

  /** A word as a shell takes it. */
  private static String shell(String word) {
    return word.matches("[\\w.,:/=@+-]+") ? word : '"' + word.replace("\"", "\\\"") + '"';
  }
}
