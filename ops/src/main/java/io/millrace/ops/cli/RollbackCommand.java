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
    description = {
      "Goes back to the release that served before the promoted one, which is rejected.",
      "'millrace promote' of that one undoes it."
    },
    footer = {"", "Example:", "  millrace rollback"})
final class RollbackCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Override
  public Integer call() {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = common.read(MillraceConfig.defaults());
    String model = config.learner().model();
    try (var log = Clients.releases(config)) {
      ReleaseDecisions.RolledBack done = new ReleaseDecisions(log, model).rollback();
      System.out.println(
          "%s@%d is promoted, %s@%d rejected: 'millrace promote %d' undoes this"
              .formatted(model, done.to(), model, done.from(), done.from()));
    } catch (IllegalArgumentException e) {
      throw new UserError(String.valueOf(e.getMessage()), e);
    }
    return 0;
  }
}
