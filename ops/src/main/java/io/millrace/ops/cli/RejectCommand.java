package io.millrace.ops.cli;

import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.node.Clients;
import io.millrace.ops.terminal.Logs;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace reject}. */
@Command(
    name = "reject",
    mixinStandardHelpOptions = true,
    description = "Keeps a release from serving.",
    footer = {"", "Example:", "  millrace reject 12 --why 'colors are off'"})
final class RejectCommand implements Callable<Integer> {
  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "VERSION", description = "Number of the release.")
  private long version;

  @Option(
      names = "--why",
      paramLabel = "WORDS",
      defaultValue = "rejected by hand",
      description = "Kept with the release (${DEFAULT-VALUE}).")
  private String why = "";

  @Override
  public Integer call() {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = common.read(MillraceConfig.defaults());
    String model = config.learner().model();
    try (var log = Clients.releases(config)) {
      new ReleaseDecisions(log, model).reject(version, why);
      System.out.println(model + "@" + version + " is rejected");
    } catch (IllegalArgumentException e) {
      throw new UserError(String.valueOf(e.getMessage()), e);
    }
    return 0;
  }
}
