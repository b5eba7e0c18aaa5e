package io.millrace.ops.cli;

import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of every command that reads the configuration and may begin with a preset. */
final class PresetOptions extends CommonOptions {
  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description =
          "Settings laid over the defaults before the file: imagenet-obow, -byol, -dino-vit,"
              + " -simclr, -moco (a GPU, 224 pixels) or photos-cpu (two cores, 96 pixels);"
              + " 'millrace config --preset NAME' prints one.")
  @Nullable String preset;

  /** Defaults, with the preset over them, then the file, then the settings. */
  @Override
  MillraceConfig read(MillraceConfig defaults) {
    return readOver(preset == null ? defaults : PackagedConfig.withPreset(defaults, preset));
  }

  /** The file over a configuration, then the settings. */
  MillraceConfig readOver(MillraceConfig base) {
    return super.read(base);
  }
}
