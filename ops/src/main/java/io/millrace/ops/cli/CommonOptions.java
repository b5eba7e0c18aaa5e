package io.millrace.ops.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.learner.tensor.Engines;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.terminal.Logs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of every command that reads the configuration. */
public class CommonOptions {
  static final String LOG = "How log lines look: text, or json with role, step and release (text).";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML file laid over the defaults; 'millrace config' prints every key.")
  @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Lays learner.batchSize=128, say, over the file. May be repeated.")
  List<String> settings = new ArrayList<>();

  @Option(names = "--log", paramLabel = "FORM", description = LOG)
  Logs.Form log = Logs.Form.TEXT;

  @Option(
      names = "--verbose",
      description = "More log lines, and the stack trace where something fails.")
  boolean verbose;

  /** A configuration with one more setting over it, where there is a value. */
  public static MillraceConfig with(MillraceConfig config, String key, @Nullable Object value) {
    return value == null ? config : ConfigReader.over(config, List.of(key + "=" + value));
  }

  /**
   * Defaults, with the file over them, with the settings over both.
   *
   * @throws ConfigException that names the file too, where what is wrong stands there
   */
  MillraceConfig read(MillraceConfig defaults) {
    ObjectNode given = given();
    try {
      return ConfigReader.over(defaults, given);
    } catch (ConfigException e) {
      throw config != null && failsAlike(defaults, config, e)
          ? new ConfigException(e.getMessage() + " (in " + config + ")")
          : e;
    }
  }

  private static boolean failsAlike(MillraceConfig defaults, Path file, ConfigException failure) {
    try {
      ConfigReader.over(defaults, ConfigReader.tree(file));
      return false;
    } catch (ConfigException e) {
      return Objects.equals(e.getMessage(), failure.getMessage());
    }
  }

  /** What the file and the settings say, without the defaults. */
  ObjectNode given() {
    var tree = config == null ? ConfigReader.tree("", "") : ConfigReader.tree(config);
    return ConfigReader.with(tree, settings);
  }

  /**
   * Checks that the engine is on the class path, before anything is started.
   *
   * @throws ConfigException when it is not
   */
  static MillraceConfig withKnownEngine(MillraceConfig config) {
    Set<String> known = new TreeSet<>(Engines.names());
    if (!known.contains(config.engine().name())) {
      throw new ConfigException(
          "engine.name is '" + config.engine().name() + "': expected one of " + known);
    }
    return config;
  }

  /**
   * Checks that the backbone can serve the method and that what it needs is there, before anything
   * is started; warns of sizes that don't go together.
   *
   * @throws ConfigException when it can't, naming both
   */
  static MillraceConfig withServedMethod(MillraceConfig config) {
    try {
      config.newMethod().requireInputs();
    } catch (IllegalArgumentException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
    return withWarnings(config);
  }

  /**
   * Checks that the engine is on the class path; warns of sizes that don't go together.
   *
   * @throws ConfigException when it is not
   */
  static MillraceConfig withWarnings(MillraceConfig config) {
    warn(config.doubts());
    return withKnownEngine(config);
  }

  /** Says what is allowed and seldom meant, before anything is started. */
  static void warn(List<String> doubts) {
    doubts.forEach(Logs::warn);
  }
}
