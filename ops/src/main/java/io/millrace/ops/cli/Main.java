package io.millrace.ops.cli;

import io.millrace.ops.config.BuildVersion;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.Durations;
import io.millrace.ops.node.RoleThread;
import io.millrace.ops.terminal.FailureText;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.ops.terminal.StoppedException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/**
 * The command line. Exit codes: 0 done, 1 failed, 2 wrong use; 128 and the signal's number where a
 * signal stopped a command before its end.
 */
@Command(
    name = "millrace",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Learns to see from a Kafka image stream, without labels and without end.",
    footer = {
      "",
      "Begin with:",
      "  millrace demo",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C."
    },
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      BrokerCommand.class,
      TopicsCommand.class,
      PublishCommand.class,
      EvaluateCommand.class,
      FineTuneCommand.class,
      CompareCommand.class,
      StreamBenchCommand.class,
      ExportCommand.class,
      StatusCommand.class,
      ReleasesCommand.class,
      PromoteCommand.class,
      RejectCommand.class,
      RollbackCommand.class,
      ForgetCommand.class,
      TailCommand.class,
      SearchCommand.class,
      DoctorCommand.class,
      ConfigCommand.class,
      AutoComplete.GenerateCompletion.class,
      HelpCommand.class
    })
public final class Main implements Runnable {
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    // Nothing here needs a screen, and AWT must not look for one when images are drawn.
    System.setProperty("java.awt.headless", "true");
    Logs.asAsked(List.of(args));
    int code = execute(commandLine(), args);
    if (RoleThread.anyRuns()) {
      Logs.complain("a part of the process did not end; ending it anyway");
      RunUntilShutdown.halt(code);
    }
    System.exit(code);
  }

  /** Runs a command, and listens to no signal once its last word is said. */
  static int execute(CommandLine command, String... args) {
    int code = CommandLine.ExitCode.SOFTWARE;
    try {
      code = command.execute(args);
    } catch (Error e) {
      // Not what the command line takes care of; other threads would keep the process alive.
      Logs.complain(command.getErr(), FailureText.of(e));
    } finally {
      RunUntilShutdown.ended();
    }
    return code;
  }

  /** The command line, ready to be executed. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .registerConverter(java.time.Duration.class, Main::duration)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(Main::wrongUse)
        .setExecutionExceptionHandler(Main::failed);
  }

  @Override
  public void run() {
    CommandLine me = java.util.Objects.requireNonNull(spec).commandLine();
    throw new ParameterException(me, "no command given");
  }

  private static java.time.Duration duration(String text) {
    try {
      return Durations.parse(text);
    } catch (IllegalArgumentException e) {
      throw new CommandLine.TypeConversionException(e.getMessage());
    }
  }

  private static int wrongUse(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    Logs.complain(err, lowerCaseValues(FailureText.firstLine(e.getMessage())));
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, err)) {
      err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    }
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }

  /** Allowed values as the examples write them: picocli names an enum's constants. */
  private static String lowerCaseValues(String message) {
    return Pattern.compile("expected one of \\[[^]]*] \\(case-insensitive\\)")
        .matcher(message)
        .replaceAll(
            found -> found.group().replace(" (case-insensitive)", "").toLowerCase(Locale.ROOT));
  }

  private static int failed(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    if (Arrays.asList(parsed.originalArgs().toArray()).contains("--verbose")) {
      Logs.stackTrace(err, e);
    }
    Logs.complain(err, Advice.withOptions(FailureText.of(e), parsed));
    if (e instanceof StoppedException stopped) {
      return stopped.exitCode();
    }
    return e instanceof ConfigException
        ? CommandLine.ExitCode.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }

  /** The version that the build wrote into the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "millrace " + BuildVersion.number(), "Java ${java.version}, ${os.name} ${os.arch}",
      };
    }
  }
}
