package io.millrace.ops.cli;

import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.node.Clients;
import io.millrace.ops.terminal.Logs;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code millrace rollback}. */
@Command(
    name = "rollback",
    mixinStandardHelpOptions = true,
    description =
        "Goes back to the newest promoted release before the one that serves, which is rejected.",
    footer = {"", "Example:", "  millrace rollback"})
final class RollbackCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Override
  public Integer call() {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = common.read(MillraceConfig.defaults());
    String model = config.learner().model();
    try (var log = Clients.releases(config)) {
      System.out.println(
          model + "@" + new ReleaseDecisions(log, model).rollback() + " is promoted");
    } catch (IllegalArgumentException e) {
      throw new UserError(String.valueOf(e.getMessage()), e);
    }
    return 0;
  }
}
