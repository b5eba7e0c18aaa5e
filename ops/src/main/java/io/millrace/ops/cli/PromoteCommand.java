package io.millrace.ops.cli;

import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.node.Clients;
import io.millrace.ops.terminal.Logs;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code millrace promote}. */
@Command(
    name = "promote",
    mixinStandardHelpOptions = true,
    description = "Makes a release the one that serves; the gate's verdict is overridden.",
    footer = {"", "Example:", "  millrace promote 12"})
final class PromoteCommand implements Callable<Integer> {
  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "VERSION", description = "Number of the release.")
  private long version;

  @Override
  public Integer call() {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = common.read(MillraceConfig.defaults());
    String model = config.learner().model();
    try (var log = Clients.releases(config)) {
      new ReleaseDecisions(log, model).promote(version);
      System.out.println(model + "@" + version + " is promoted");
    } catch (IllegalArgumentException e) {
      throw new UserError(String.valueOf(e.getMessage()), e);
    }
    return 0;
  }
}
