package io.millrace.ops.cli;

import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReference;
import io.millrace.ops.config.ConfigValues;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.node.Clients;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.Objects;
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
      "Prints every configuration key with its meaning, what it may be and its default, as a file"
          + " to start from; with --method without the other methods' settings.",
      "With --config or --set it checks those instead and says which key is wrong, and the"
          + " learning rate that peak comes to with these batches."
    },
    footer = {
      "",
      "Examples:",
      "  millrace config > millrace.yaml",
      "  millrace config --method byol > millrace.yaml",
      "  millrace config --config millrace.yaml",
      "  millrace config --preset imagenet-byol > millrace.yaml",
      "  millrace config --config millrace.yaml --effective",
      "  millrace config --config millrace.yaml --get learner.batchSize",
      "",
      "Exit code 2 where a key is unknown or its value is not allowed."
    })
final class ConfigCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Option(names = "--demo", description = "Print what the demo lays over the defaults.")
  private boolean demo;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description = "Print the configuration of this method, without the others' settings.")
  private @Nullable String method;

  @Option(
      names = "--effective",
      description = "Print every key with the value that --config and --set leave it with.")
  private boolean effective;

  @Option(
      names = "--get",
      paramLabel = "KEY",
      description = "Print one key's value after --config and --set, such as learner.batchSize.")
  private @Nullable String get;

  @Override
  public Integer call() {
    String key = get;
    if (key != null) {
      System.out.println(ConfigValues.get(common.read(MillraceConfig.defaults()), key));
      return 0;
    }
    if (effective) {
      System.out.print(ConfigReference.of(common.read(MillraceConfig.defaults())));
      return 0;
    }
    boolean check = common.config != null || !common.settings.isEmpty();
    if (method != null && (check || demo || common.preset != null)) {
      throw new ConfigException(
          "--method is '" + method + "': expected without --config, --set, --demo and --preset");
    }
    if (check) {
      MillraceConfig config =
          CommonOptions.withServedMethod(common.read(MillraceConfig.defaults()));
      try {
        Clients.requireSettings(config.kafka());
      } catch (UserError e) {
        throw new ConfigException("kafka.client: " + e.getMessage());
      }
      System.out.println("the configuration is valid");
      System.out.print(rate(config));
    } else if (demo && common.preset == null) {
      System.out.print(PackagedConfig.demo());
    } else {
      MillraceConfig defaults = MillraceConfig.defaults();
      String preset = common.preset;
      System.out.print(
          preset != null
              ? PackagedConfig.preset(preset)
              : method == null
                  ? ConfigReference.of(defaults)
                  : ConfigReference.ofOneMethod(CommonOptions.with(defaults, "method", method)));
    }
    return 0;
  }

  /** The rate that the method comes to with the configured batches. */
  private static String rate(MillraceConfig config) {
    ScheduleSettings schedule =
        ((LearningSettings) Objects.requireNonNull(config.methods().get(config.method())))
            .learningRate();
    int batch = config.learner().batchSize();
    return String.format(
        Locale.ROOT,
        "%s learns at a rate of %s: peak %s%s, learner.batchSize %d%n",
        config.method(),
        number(schedule.peakOf(batch)),
        number(schedule.peak()),
        schedule.baseBatch() == 0
            ? " whatever the batch"
            : " for batches of " + schedule.baseBatch(),
        batch);
  }

  private static String number(double value) {
    return new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros().toPlainString();
  }
}
