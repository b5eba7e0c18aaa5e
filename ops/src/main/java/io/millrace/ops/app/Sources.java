package io.millrace.ops.app;

import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.source.ImageSources;
import io.millrace.ingest.source.SyntheticSettings;
import io.millrace.ingest.source.SyntheticSource;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Opens what {@code --images} names. */
final class Sources {
  static final String SYNTHETIC = "synthetic";

  private Sources() {}

  /** The synthetic stream for its name, else a folder or an archive. */
  static ImageSource open(String images, SyntheticSettings synthetic) {
    if (images.equals(SYNTHETIC)) {
      return new SyntheticSource(synthetic);
    }
    try {
      return ImageSources.open(Path.of(images));
    } catch (NoSuchFileException e) {
      throw new UserError(
          "no images at "
              + images
              + ": expected a folder, a .zip, .tar or .tar.gz file, or '"
              + SYNTHETIC
              + "'");
    } catch (IOException e) {
      throw new UserError("can't read images from " + images + ": " + e.getMessage(), e);
    }
  }
}
