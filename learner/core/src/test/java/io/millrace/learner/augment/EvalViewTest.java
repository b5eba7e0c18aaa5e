package io.millrace.learner.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.PixelImage;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One image gives one input, whoever shrank it before. */
class EvalViewTest {
  private static final List<Double> ZERO = List.of(0.0, 0.0, 0.0);
  private static final List<Double> ONE = List.of(1.0, 1.0, 1.0);

  @ParameterizedTest
  @CsvSource({"32,0,128", "96,0,160", "224,0,384", "224,256,384", "224,256,512"})
  void theLearnersShrunkImageAndServingsWholeOneGiveTheSameInput(
      int size, int resize, int maxSide) {
    PixelImage sharp = zonePlate(640, 480);
    var view = new EvalView(new Preprocessing(size, resize, maxSide, ZERO, ONE));
    float[] whole = view.of(sharp);
    assertThat(view.of(sharp.shrinkTo(maxSide))).as("bit by bit").isEqualTo(whole);
    var careless = new EvalView(new Preprocessing(size, resize, 0, ZERO, ONE));
    assertThat(careless.of(sharp)).as("the picture can tell").isNotEqualTo(whole);
  }

  @ParameterizedTest
  @CsvSource({"32,32", "32,37", "96,112", "224,256"})
  void aSquareIsCutFromTheCenterOfTheResizedImage(int size, int resize) {
    PixelImage sharp = zonePlate(400, 300);
    float[] cut = new EvalView(new Preprocessing(size, resize, 0, ZERO, ONE)).of(sharp);
    float[] all = new EvalView(new Preprocessing(resize, ZERO, ONE)).of(sharp);
    int across = (int) (400L * resize / 300);
    int from = (across - size) / 2 - (across - resize) / 2;
    int down = (resize - size) / 2;
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
          assertThat(cut[(c * size + y) * size + x])
              .isCloseTo(all[(c * resize + y + down) * resize + x + from], within(1e-6f));
        }
      }
    }
  }

  @Test
  void aSmallerSquareShowsTheSamePartOfTheImage() {
    PixelImage sharp = zonePlate(400, 300);
    var large = new EvalView(new Preprocessing(224, 256, 384, ZERO, ONE));
    assertThat(large.atMost(32).of(sharp))
        .isEqualTo(new EvalView(new Preprocessing(32, 37, 384, ZERO, ONE)).of(sharp));
    assertThat(large.atMost(224)).isSameAs(large);
  }

  /** Rings that are finer towards the border, up to one cycle in two pixels. */
  private static PixelImage zonePlate(int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double r2 = Math.pow(x - width / 2.0, 2) + Math.pow(y - height / 2.0, 2);
        for (int c = 0; c < 3; c++) {
          rgb[(y * width + x) * 3 + c] =
              (byte) Math.round(127.5 + 127.5 * Math.cos(Math.PI * r2 / width + c));
        }
      }
    }
    return new PixelImage(width, height, rgb);
  }
}
