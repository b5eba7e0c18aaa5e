package io.millrace.ops.cli;

import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReference;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
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
      "Prints every configuration key with its meaning, what it may be and its default, as a file",
      "to start from; with --method without the other methods' settings.",
      "With --config or --set it checks those instead and says which key is wrong, and the learning",
      "rate that peak comes to with these batches."
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
      MillraceConfig config = common.read(MillraceConfig.defaults());
      System.out.println("the configuration is valid");
      System.out.print(rate(config));
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
