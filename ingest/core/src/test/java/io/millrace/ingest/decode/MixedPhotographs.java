package io.millrace.ingest.decode;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * A folder such as people have: photographs of all kinds and sizes, and broken files in between.
 */
public final class MixedPhotographs {
  /** Files that decode. */
  public static final int GOOD = 30;

  /** Files that don't, by reason. */
  public static final Map<RejectionReason, Long> BROKEN =
      Map.of(
          RejectionReason.CORRUPT,
          2L,
          RejectionReason.UNSUPPORTED_FORMAT,
          1L,
          RejectionReason.EMPTY,
          1L);

  private MixedPhotographs() {}

  /** Writes them, and one more under {@code test/}, so that nothing else is held out. */
  public static void write(Path folder) throws IOException {
    Path photos = Files.createDirectories(folder.resolve("photos"));
    for (int i = 0; i < GOOD; i++) {
      int width = 24 + 37 * i % 200;
      int height = 24 + 53 * i % 150;
      PixelImage image = TestImages.corners(width, height);
      byte[] rgb = image.rgb();
      // No two files are alike.
      byte[] own = rgb.clone();
      Arrays.fill(own, 0, own.length / 4, (byte) (8 * i));
      image = new PixelImage(width, height, own);
      byte[] plain = TestImages.jpegOf(TestImages.buffered(image, BufferedImage.TYPE_INT_RGB));
      switch (i % 6) {
        case 0 -> save(photos, i + "-colour.jpg", plain);
        case 1 ->
            save(
                photos,
                i + "-grey.jpeg",
                TestImages.jpegOf(TestImages.buffered(image, BufferedImage.TYPE_BYTE_GRAY)));
        case 2 ->
            save(
                photos,
                i + "-cmyk.jpg",
                TestImages.withAdobe(
                    TestImages.jpegOf(TestImages.flat(width, height, 255, 8 * i, 127, 204)), 0));
        case 3 -> save(photos, i + "-rotated.JPG", TestImages.withExif(plain, 6));
        case 4 ->
            save(
                photos,
                i + "-alpha.png",
                TestImages.pngOf(TestImages.buffered(image, BufferedImage.TYPE_INT_ARGB)));
        default ->
            save(
                photos,
                i + "-progressive.jpg",
                TestImages.progressive(TestImages.buffered(image, BufferedImage.TYPE_INT_RGB)));
      }
      if (i == 0) {
        save(photos, "cut.jpg", Arrays.copyOf(plain, plain.length / 2));
        save(photos, "cut-late.jpg", Arrays.copyOf(plain, plain.length - 40));
        save(Files.createDirectories(folder.resolve("test").resolve("photos")), "held.jpg", plain);
      }
    }
    save(photos, "letter.jpg", "Dear all, this is no image.\n".getBytes(StandardCharsets.UTF_8));
    save(photos, "nothing.png", new byte[0]);
  }

  private static void save(Path folder, String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }
}
