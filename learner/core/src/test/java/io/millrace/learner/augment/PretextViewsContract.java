package io.millrace.learner.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.task.Downsample;
import io.millrace.learner.augment.task.Lab;
import io.millrace.learner.augment.task.Rotation90;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.testing.ScopedContract;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The views of pretext tasks against ones that visit pixel by pixel. */
public abstract class PretextViewsContract extends ScopedContract {
  private static final int ROWS = 5;
  private static final int SIDE = 6;
  private static final int PLANE = SIDE * SIDE;
  private static final double CLOSE = 1e-6; // matrices and factors are float32
  private static final List<String> IDS = List.of("a", "b", "c", "d", "e");
  private static final Preprocessing PLAIN =
      new Preprocessing(16, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));

  private Tensor pictures() {
    double[] values = new double[ROWS * 3 * PLANE];
    var random = new Random(8);
    Arrays.setAll(values, i -> random.nextDouble());
    Arrays.fill(values, 0, PLANE, 0.25); // one flat channel
    return engine.tensor(values, ROWS, 3, SIDE, SIDE);
  }

  @Test
  void quarterTurnsMoveEveryPixel() {
    double[] in = pictures().toDoubles();
    double[] out = Rotation90.of(engine, pictures()).toDoubles();
    assertThat(out).hasSize(4 * in.length);
    int n = SIDE - 1;
    for (int row = 0; row < ROWS; row++) {
      for (int c = 0; c < 3; c++) {
        for (int y = 0; y < SIDE; y++) {
          for (int x = 0; x < SIDE; x++) {
            int[][] from = {{y, x}, {x, n - y}, {n - y, n - x}, {n - x, y}};
            for (int turn = 0; turn < 4; turn++) {
              int source = (row * 3 + c) * PLANE + from[turn][0] * SIDE + from[turn][1];
              int at = (((row * 4 + turn) * 3 + c) * SIDE + y) * SIDE + x;
              assertThat(out[at]).isEqualTo(in[source]);
            }
          }
        }
      }
    }
  }

  @Test
  void squaresOfAGridAreSeenWhereTheyAre() {
    for (double flip : new double[] {0, 1}) {
      var crop = new GridCrop(24, 6, 8, 2, 1, 1, flip);
      // Brightness counts columns in red and rows in green, so that a pixel tells its place.
      byte[] rgb = new byte[24 * 24 * 3];
      for (int i = 0; i < 24 * 24; i++) {
        rgb[3 * i] = (byte) (i % 24 * 10);
        rgb[3 * i + 1] = (byte) (i / 24 * 10);
      }
      var batch = new PixelBatch(engine, List.of(new PixelImage(24, 24, rgb)));
      var draws = new ViewRandom(5, "test", List.of("a"), 3, 9, false);
      Tensor tiles =
          Resampler.resample(engine, batch, List.<Window[]>of(crop.windows(24, 24, draws, 0)), 6);
      double[] got = tiles.mul(25.5).toDoubles();
      for (int v = 0; v < 9; v++) {
        double left = flip == 0 ? got[v * 108] : 23 - got[v * 108];
        double top = got[v * 108 + 36];
        assertThat(left - v % 3 * 8).isBetween(-1e-4, 2 + 1e-4);
        assertThat(top - v / 3 * 8).isBetween(-1e-4, 2 + 1e-4);
        for (int i = 0; i < 36; i++) {
          double x = left + i % 6;
          assertThat(got[v * 108 + i]).isCloseTo(flip == 0 ? x : 23 - x, within(1e-4));
          assertThat(got[v * 108 + 36 + i]).isCloseTo(top + i / 6, within(1e-4));
        }
      }
    }
  }

  @Test
  void aDroppedPatchKeepsOneChannel() {
    var draws = new ViewRandom(5, "test", IDS, 3, 1, false);
    List<Double> mean = List.of(0.4, 0.5, 0.6);
    double[] in = pictures().toDoubles();
    double[] out = new ColorDrop(0.6, mean).apply(engine, pictures(), draws).toDoubles();
    int dropped = 0;
    for (int row = 0; row < ROWS; row++) {
      KeyedRandom stream = draws.of("drop", row);
      boolean drop = stream.nextDouble() < 0.6;
      int kept = stream.nextInt(3);
      dropped += drop ? 1 : 0;
      double deviation = deviation(in, (row * 3 + kept) * PLANE);
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < PLANE; i++) {
          int at = (row * 3 + c) * PLANE + i;
          double expected = in[at];
          if (drop && c != kept) {
            expected = mean.get(c) + 0.01 * stream.nextGaussian() * deviation;
          }
          assertThat(out[at]).isCloseTo(expected, within(CLOSE));
        }
      }
    }
    assertThat(dropped).isBetween(1, ROWS - 1);
  }

  @Test
  void aTileIsNormalizedByItself() {
    double[] in = pictures().toDoubles();
    double[] out =
        new TileNormalize()
            .apply(engine, pictures(), new ViewRandom(5, "test", IDS, 3, 1, false))
            .toDoubles();
    for (int at = 0; at < in.length; at++) {
      int from = at / PLANE * PLANE;
      double deviation = Math.max(1.0 / 255, deviation(in, from));
      assertThat(out[at]).isCloseTo((in[at] - mean(in, from)) / deviation, within(CLOSE));
    }
    assertThat(Arrays.copyOf(out, PLANE)).containsOnly(0);
  }

  private static double mean(double[] x, int from) {
    return Arrays.stream(x, from, from + PLANE).sum() / PLANE;
  }

  private static double deviation(double[] x, int from) {
    double mean = mean(x, from);
    return Math.sqrt(
        Arrays.stream(x, from, from + PLANE).map(v -> (v - mean) * (v - mean)).sum() / PLANE);
  }

  @Test
  void groupsGiveNineSquaresOfEachImage() {
    var batch =
        new PixelBatch(
            engine, List.of(new PixelImage(9, 14, random(1, 9 * 14)), image(32), image(20)));
    List<String> ids = List.of("a", "b", "c");
    ViewGroup patches = ViewGroup.patchGrid("p", PatchGridSettings.defaults(), PLAIN);
    ViewGroup tiles = ViewGroup.tiles("t", TileSettings.defaults());
    for (ViewGroup group : List.of(patches, tiles)) {
      try (Tensor views = group.of(engine, batch, ids, 4, 1);
          Tensor again = group.of(engine, batch, ids, 4, 1);
          Tensor later = group.of(engine, batch, ids, 5, 1)) {
        assertThat(views.shape()).containsExactly(27, 3, 8, 8);
        assertThat(again.toDoubles()).isEqualTo(views.toDoubles());
        assertThat(later.toDoubles()).isNotEqualTo(views.toDoubles());
      }
    }
  }

  private static PixelImage image(int side) {
    return new PixelImage(side, side, random(side, side * side));
  }

  private static byte[] random(int seed, int pixels) {
    byte[] rgb = new byte[3 * pixels];
    new Random(seed).nextBytes(rgb);
    return rgb;
  }

  @Test
  void labIsThatOfTheTables() {
    // Red, green, blue, white, mid gray under D65 (Lindbloom's calculator, two digits).
    double[][] rgb = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}, {0.5, 0.5, 0.5}, {0, 0, 0}};
    double[][] lab = {
      {53.24, 80.09, 67.20}, {87.73, -86.18, 83.18}, {32.30, 79.19, -107.86},
      {100, 0, 0}, {53.39, 0, 0}, {0, 0, 0}
    };
    for (int i = 0; i < rgb.length; i++) {
      double[] got = Lab.of(engine, engine.tensor(rgb[i], 1, 3, 1, 1)).toDoubles();
      assertThat(got).containsExactly(lab[i], within(0.02));
    }
  }

  @Test
  void labOfABatchIsThatOfEachColor() {
    double[] in = pictures().mul(0.3).toDoubles(); // dark ones too, under the knees
    double[] got = Lab.of(engine, pictures().mul(0.3)).toDoubles();
    for (int i = 0; i < ROWS * PLANE; i++) {
      int at = i / PLANE * 3 * PLANE + i % PLANE;
      double[] expected = Lab.of(in[at], in[at + PLANE], in[at + 2 * PLANE]);
      for (int c = 0; c < 3; c++) {
        assertThat(got[at + c * PLANE]).isCloseTo(expected[c], within(1e-9));
      }
    }
  }

  @Test
  void mapsAreShrunkByTheMeanOfWhatTheyCover() {
    double[] in = gaussians(3, 2 * 4 * 8);
    double[] got = Downsample.to(engine, engine.tensor(in, 1, 2, 4, 8), 2, 2).toDoubles();
    for (int c = 0; c < 2; c++) {
      for (int y = 0; y < 2; y++) {
        for (int x = 0; x < 2; x++) {
          double sum = 0;
          double weights = 0;
          for (int v = 0; v < 4; v++) {
            for (int u = 0; u < 8; u++) {
              double wy = Math.max(0, 1 - Math.abs(v + 0.5 - (1 + 2 * y)) / 2);
              double wx = Math.max(0, 1 - Math.abs(u + 0.5 - (2 + 4 * x)) / 4);
              sum += wy * wx * in[(c * 4 + v) * 8 + u];
              weights += wy * wx;
            }
          }
          assertThat(got[(c * 2 + y) * 2 + x]).isCloseTo(sum / weights, within(1e-9));
        }
      }
    }
  }
}
