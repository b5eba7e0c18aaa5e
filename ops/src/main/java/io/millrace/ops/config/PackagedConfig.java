package io.millrace.ops.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The configuration files inside the jar. */
public final class PackagedConfig {
  private static final String DEMO = "demo.yaml";

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
