package io.millrace.learner.method;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import java.util.ArrayList;
import java.util.Random;

/** Images of smooth colors, each its own, that stay recognizable in a crop. */
public final class Blobs {
  private static final int SIDE = 16;

  private Blobs() {}

  /** A batch of images first to first + n, the same for the same ids. */
  public static ImageBatch batch(long step, int first, int n) {
    var ids = new ArrayList<String>();
    var images = new ArrayList<PixelImage>();
    for (int i = first; i < first + n; i++) {
      ids.add("blobs-" + i);
      images.add(image(new Random(i)));
    }
    return new ImageBatch(step, IdentifiedImage.zip(ids, images));
  }

  /** Four random colors in the corners, mixed between. */
  private static PixelImage image(Random random) {
    byte[] rgb = new byte[SIDE * SIDE * 3];
    for (int c = 0; c < 3; c++) {
      int[] corners = random.ints(4, 0, 256).toArray();
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          double u = x / (SIDE - 1.0);
          double v = y / (SIDE - 1.0);
          double above = corners[0] * (1 - u) + corners[1] * u;
          double below = corners[2] * (1 - u) + corners[3] * u;
          rgb[(y * SIDE + x) * 3 + c] = (byte) (int) (above * (1 - v) + below * v);
        }
      }
    }
    return new PixelImage(SIDE, SIDE, rgb);
  }
}
