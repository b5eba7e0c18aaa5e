package io.millrace.ops.experiment;

import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.source.ImageSources;
import io.millrace.ingest.source.SourceOptions;
import io.millrace.ingest.source.synthetic.SyntheticSettings;
import io.millrace.ingest.source.synthetic.SyntheticSource;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens what {@code --images} names. */
public final class Sources {
  public static final String SYNTHETIC = "synthetic";

  private Sources() {}

  /**
   * Checks that there is something at the path, before anything is started.
   *
   * @throws ConfigException when there is not
   */
  public static void require(String images) {
    if (!images.equals(SYNTHETIC) && !Files.exists(Path.of(images))) {
      throw new ConfigException(
          "no images at "
              + images
              + ": expected a folder, a .zip, .tar or .tar.gz file, or '"
              + SYNTHETIC
              + "'");
    }
  }

  /** The synthetic stream for its name, else a folder or an archive. */
  public static ImageSource open(String images, SyntheticSettings synthetic) {
    return open(images, synthetic, SourceOptions.defaults());
  }

  /** The same with options for a folder or an archive. */
  public static ImageSource open(
      String images, SyntheticSettings synthetic, SourceOptions options) {
    if (images.equals(SYNTHETIC)) {
      return new SyntheticSource(synthetic);
    }
    require(images);
    try {
      return ImageSources.open(Path.of(images), options);
    } catch (IOException e) {
      throw new UserError("can't read images from " + images + ": " + e.getMessage(), e);
    }
  }
}
