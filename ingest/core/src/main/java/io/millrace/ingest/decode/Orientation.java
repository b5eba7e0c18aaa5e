package io.millrace.ingest.decode;

import com.drew.lang.ByteArrayReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifDirectoryBase;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * EXIF orientation: how stored pixels stand to upright ones (EXIF 2.32, tag 0x0112). 1 is upright,
 * 3 a half turn, 6 and 8 quarter turns; 2, 4, 5 and 7 are mirrored.
 */
final class Orientation {
  private static final Logger LOG = LoggerFactory.getLogger(Orientation.class);

  private Orientation() {}

  /** The orientation in an EXIF structure; 1 when there is none or it can't be read. */
  static int of(byte @Nullable [] exif) {
    if (exif == null) {
      return 1;
    }
    Metadata metadata = new Metadata();
    try {
      new ExifReader().extract(new ByteArrayReader(exif), metadata);
    } catch (RuntimeException e) {
      LOG.debug("EXIF data that can't be read to its end; what came before it counts", e);
    }
    for (ExifIFD0Directory directory : metadata.getDirectoriesOfType(ExifIFD0Directory.class)) {
      Integer value = directory.getInteger(ExifDirectoryBase.TAG_ORIENTATION);
      if (value != null && value >= 1 && value <= 8) {
        return value;
      }
    }
    return 1;
  }

  /** The upright image of stored pixels. */
  static PixelImage upright(PixelImage stored, int orientation) {
    if (orientation == 1) {
      return stored;
    }
    int w = stored.width();
    int h = stored.height();
    boolean turned = orientation >= 5;
    int width = turned ? h : w;
    int height = turned ? w : h;
    byte[] in = stored.rgb();
    byte[] out = new byte[in.length];
    int o = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int sx =
            switch (orientation) {
              case 2, 3 -> w - 1 - x;
              case 4 -> x;
              case 5, 6 -> y;
              default -> w - 1 - y;
            };
        int sy =
            switch (orientation) {
              case 2 -> y;
              case 3, 4 -> h - 1 - y;
              case 5, 8 -> x;
              default -> h - 1 - x;
            };
        int i = (sy * w + sx) * 3;
        out[o++] = in[i];
        out[o++] = in[i + 1];
        out[o++] = in[i + 2];
      }
    }
    return new PixelImage(width, height, out);
  }
}
