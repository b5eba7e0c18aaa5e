package io.millrace.ops.cli;

import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReference;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace config}. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    description = {
      "Prints every configuration key with its meaning, what it may be and its default, as a file",
      "to start from; with --method without the other methods' settings.",
      "With --config or --set it checks those instead and says which key is wrong."
    },
    footer = {
      "",
      "Examples:",
      "  millrace config > millrace.yaml",
      "  millrace config --method byol > millrace.yaml",
      "  millrace config --config millrace.yaml",
      "",
      "Exit code 2 where a key is unknown or its value is not allowed."
    })
final class ConfigCommand implements Callable<Integer> {
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(names = "--demo", description = "Print what the demo lays over the defaults.")
  private boolean demo;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description = "Print the configuration of this method, without the others' settings.")
  private @Nullable String method;

  @Override
  public Integer call() {
    boolean check = common.config != null || !common.settings.isEmpty();
    if (method != null && (check || demo)) {
      throw new ConfigException(
          "--method is '" + method + "': expected without --config, --set and --demo");
    }
    if (check) {
      common.read(MillraceConfig.defaults());
      System.out.println("the configuration is valid");
    } else if (demo) {
      System.out.print(PackagedConfig.demo());
    } else {
      MillraceConfig defaults = MillraceConfig.defaults();
      System.out.print(
          method == null
              ? ConfigReference.of(defaults)
              : ConfigReference.ofOneMethod(CommonOptions.with(defaults, "method", method)));
    }
    return 0;
  }
}
