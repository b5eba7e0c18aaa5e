package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testing.Examples;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documented program of the auxiliary loss compiles, and trains. */
class AuxiliaryExampleTest {
  @TempDir Path dir;

  @Test
  void trainsWithBothLosses() throws Exception {
    Path images = dir.resolve("images");
    for (int i = 0; i < 12; i++) {
      draw(images.resolve(i % 2 == 0 ? "red" : "blue").resolve(i + ".png"), i);
    }
    String output =
        Examples.java(dir, "TrainWithAuxiliaryLoss", images.toString(), "rotation", "0.5", "2");
    assertThat(output)
        .containsPattern("0: task [0-9.]+, rotation [0-9.]+, gradients' cosine -?[0-9.]+")
        .contains("1: task ");
  }

  private static void draw(Path file, int number) throws IOException {
    var image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 16; y++) {
      for (int x = 0; x < 16; x++) {
        int shade = (x * 13 + y * 7 + number * 31) % 256;
        image.setRGB(x, y, number % 2 == 0 ? 0xFF0000 | shade : shade << 16 | 0xFF);
      }
    }
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }
}
