package io.millrace.ops.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The configuration files inside the jar. */
public final class PackagedConfig {
  private static final String DEMO = "demo.yaml";
  private static final List<String> PRESETS =
      List.of(
          "imagenet-obow",
          "imagenet-byol",
          "imagenet-dino-vit",
          "imagenet-simclr",
          "imagenet-moco",
          "photos-cpu");

  private PackagedConfig() {}

  /** Every key with its meaning and default, as YAML. */
  public static String reference() {
    return text("reference.yaml");
  }

  /** What the demo lays over the defaults, as YAML. */
  public static String demo() {
    return text(DEMO);
  }

  /** The defaults with the demo's own settings over them: a network for two cores. */
  public static MillraceConfig demoConfig() {
    return ConfigReader.over(MillraceConfig.defaults(), ConfigReader.tree(demo(), DEMO));
  }

  /** Names of the presets, for photographs: files of settings to lay over the defaults. */
  public static List<String> presets() {
    return PRESETS;
  }

  /**
   * A preset, as YAML.
   *
   * @throws ConfigException naming the presets there are when this is none
   */
  public static String preset(String name) {
    if (!PRESETS.contains(name)) {
      throw new ConfigException("preset '" + name + "': expected one of " + PRESETS);
    }
    return text("presets/" + name + ".yaml");
  }

  /** A configuration with a preset over it. */
  public static MillraceConfig withPreset(MillraceConfig config, String name) {
    return ConfigReader.over(config, ConfigReader.tree(preset(name), "preset " + name));
  }

  private static String text(String name) {
    try (InputStream in = PackagedConfig.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
