package io.millrace.ops.cli;

import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace config}. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    description = {
      "Prints every configuration key with its meaning and default, as a file to start from.",
      "With --config or --set it checks those instead and says which key is wrong."
    },
    footer = {
      "",
      "Examples:",
      "  millrace config > millrace.yaml",
      "  millrace config --config millrace.yaml",
      "  millrace config --preset imagenet-byol > millrace.yaml",
      "",
      "Exit code 2 where a key is unknown or its value is not allowed."
    })
final class ConfigCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Option(names = "--demo", description = "Print what the demo lays over the defaults.")
  private boolean demo;

  @Override
  public Integer call() {
    if (common.config != null || !common.settings.isEmpty()) {
      CommonOptions.withServedMethod(common.read(MillraceConfig.defaults()));
      System.out.println("the configuration is valid");
    } else {
      String preset = common.preset;
      System.out.print(
          preset != null
              ? PackagedConfig.preset(preset)
              : demo ? PackagedConfig.demo() : PackagedConfig.reference());
    }
    return 0;
  }
}
