package io.millrace.learner.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.testing.ScopedContract;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every transform against one that visits pixel by pixel. */
public abstract class AugmentContract extends ScopedContract {
  private static final int ROWS = 6;
  private static final int SIDE = 9;
  private static final double CLOSE = 1e-6; // matrices and factors are float32
  private static final Preprocessing PLAIN =
      new Preprocessing(16, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));

  /** Changes one pixel's color in place. */
  private interface PerPixel {
    void change(double[] rgb, int row);
  }

  private static PixelImage image(int seed, int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    new Random(seed).nextBytes(rgb);
    return new PixelImage(width, height, rgb);
  }

  private static List<PixelImage> mixed() {
    return List.of(image(1, 40, 23), image(2, 12, 31), image(3, 7, 7), image(4, 64, 64));
  }

  private static List<String> ids(int n) {
    var ids = new ArrayList<String>();
    for (int i = 0; i < n; i++) {
      ids.add("id-" + i);
    }
    return ids;
  }

  private static ViewRandom draws(int rows) {
    return new ViewRandom(5, "test", ids(rows), 3, 1, false);
  }

  private Tensor pictures() {
    double[] values = new double[ROWS * 3 * SIDE * SIDE];
    var random = new Random(8);
    Arrays.setAll(values, i -> random.nextDouble());
    int plane = SIDE * SIDE;
    for (int i = 0; i < 20; i++) { // grays, where hue and saturation are at their edges
      values[i + plane] = values[i];
      values[i + 2 * plane] = values[i];
    }
    values[30] = 1;
    values[31 + plane] = values[31];
    return engine.tensor(values, ROWS, 3, SIDE, SIDE);
  }

  // Crops

  @Test
  void everyPixelIsItsWindowsTriangleFilter() {
    List<PixelImage> images = mixed();
    var crop = new RandomResizedCrop(3, 10, 0.2, 1, 0.5);
    var draws = new ViewRandom(5, "test", ids(4), 3, 3, false);
    var windows = new ArrayList<Window[]>();
    for (int i = 0; i < images.size(); i++) {
      windows.add(crop.windows(images.get(i).width(), images.get(i).height(), draws, i));
    }
    Tensor got = Resampler.resample(engine, new PixelBatch(engine, images), windows, 10);
    assertThat(got.shape()).containsExactly(12, 3, 10, 10);
    double[] values = got.toDoubles();
    boolean mirrored = false;
    int at = 0;
    for (int row = 0; row < 12; row++) {
      Window window = windows.get(row / 3)[row % 3];
      mirrored |= window.mirrored();
      for (int c = 0; c < 3; c++) {
        for (int y = 0; y < 10; y++) {
          for (int x = 0; x < 10; x++) {
            double expected = resampled(images.get(row / 3), window, 10, y, x, c);
            assertThat(values[at++])
                .as("%d %d %d %d", row, c, y, x)
                .isCloseTo(expected, within(CLOSE));
          }
        }
      }
    }
    assertThat(mirrored).isTrue();
  }

  /** Pillow's antialiased bilinear filter, written out. */
  private static double resampled(PixelImage image, Window w, int size, int y, int x, int c) {
    int column = w.cellLeft() + (w.mirrored() ? size - 1 - x : x);
    double sy = (double) w.height() / w.cellsDown();
    double sx = (double) w.width() / w.cellsAcross();
    double cy = w.top() + (w.cellTop() + y + 0.5) * sy;
    double cx = w.left() + (column + 0.5) * sx;
    double sum = 0;
    double weights = 0;
    for (int v = w.top(); v < w.top() + w.height(); v++) {
      for (int u = w.left(); u < w.left() + w.width(); u++) {
        double wy = Math.max(0, 1 - Math.abs(v + 0.5 - cy) / Math.max(sy, 1));
        double wx = Math.max(0, 1 - Math.abs(u + 0.5 - cx) / Math.max(sx, 1));
        weights += wy * wx;
        sum += wy * wx * (image.rgb()[(v * image.width() + u) * 3 + c] & 0xFF) / 255.0;
      }
    }
    return sum / weights;
  }

  @Test
  void aViewDependsOnItsImageAndStepNotOnItsBatch() {
    ViewGroup group =
        ViewGroup.crops("g", ViewSettings.defaults().withSize(12).withSolarize(0.5), PLAIN);
    List<PixelImage> images = mixed();
    double[] together = views(group, images, ids(4), 9);
    for (int i = 0; i < 4; i++) {
      double[] alone = views(group, List.of(images.get(i)), List.of("id-" + i), 9);
      int each = alone.length;
      assertThat(alone)
          .containsExactly(Arrays.copyOfRange(together, i * each, (i + 1) * each), within(1e-9));
    }
    assertThat(views(group, images, ids(4), 9)).isEqualTo(together);
    assertThat(views(group, images, ids(4), 10)).isNotEqualTo(together);
  }

  private double[] views(ViewGroup group, List<PixelImage> images, List<String> ids, long step) {
    try (Tensor views = group.of(engine, new PixelBatch(engine, images), ids, step, 1)) {
      assertThat(views.shape())
          .containsExactly((long) ids.size() * group.views(), 3, group.size(), group.size());
      return views.toDoubles();
    }
  }

  /** Every group of views, with every change that it knows. */
  static Stream<ViewGroup> groups() {
    Preprocessing p = Preprocessing.defaults().withSize(16);
    var all = new ViewSettings(3, 14, 0.1, 1, 0.5, 0.8, 0.4, 0.4, 0.4, 0.5, 0.3, 0.5, 0.1, 2, 0.5);
    return Stream.of(
        ViewGroup.crops("colors", all, p),
        ViewGroup.crops("plain", ViewSettings.defaults().cropsAlone().withSize(20), p),
        ViewGroup.patches("patches", PatchSettings.defaults().withViews(4), all, p),
        ViewGroup.patchGrid("grid", PatchGridSettings.defaults(), p),
        ViewGroup.tiles("tiles", TileSettings.defaults()),
        ViewGroup.center("center", 0.5, p));
  }

  @ParameterizedTest
  @MethodSource("groups")
  void viewsMadeByTheHostAreThoseMadeByTheEngine(ViewGroup group) {
    List<PixelImage> images = new ArrayList<>(mixed());
    images.add(new PixelImage(20, 20, filled(20 * 20 * 3)));
    double[] device;
    try (Tensor views = group.onDevice(engine, new PixelBatch(engine, images), ids(5), 4, 6)) {
      device = views.toDoubles();
    }
    float[] host = group.onHost(images, ids(5), 4, 6, 1);
    assertThat(host).hasSize(device.length);
    for (int i = 0; i < host.length; i++) {
      assertThat((double) host[i]).as("number %d", i).isCloseTo(device[i], within(1e-4));
    }
    assertThat(group.onHost(images, ids(5), 4, 6, 3)).isEqualTo(host);
  }

  @Test
  void patchesAreDifferentPartsOfOneCropInTheSameColors() {
    PixelImage flat = new PixelImage(32, 32, filled(32 * 32 * 3));
    ViewGroup group =
        ViewGroup.patches(
            "p", PatchSettings.defaults().withViews(3), ViewSettings.defaults(), PLAIN);
    double[] values = views(group, List.of(flat), ids(1), 0);
    for (int c = 0; c < 3; c++) {
      double first = values[c * 256];
      for (int patch = 0; patch < 3; patch++) {
        int from = (patch * 3 + c) * 256;
        for (int i = 0; i < 256; i++) {
          assertThat(values[from + i]).isCloseTo(first, within(CLOSE));
        }
      }
    }
    var crop = new PatchCrop(9, 16, 32, 0, 1, 1, 0);
    var places = new ArrayList<String>();
    for (Window window : crop.windows(32, 32, draws(1), 0)) {
      places.add(window.cellTop() + "," + window.cellLeft());
    }
    assertThat(places)
        .containsExactlyInAnyOrder(
            "0,0", "0,8", "0,16", "8,0", "8,8", "8,16", "16,0", "16,8", "16,16");
  }

  private static byte[] filled(int n) {
    byte[] bytes = new byte[n];
    for (int i = 0; i < n; i++) {
      bytes[i] = (byte) (40 + 60 * (i % 3));
    }
    return bytes;
  }

  @Test
  void theViewOfEvaluationIsTheTeachersUnmirrored() {
    Preprocessing preprocessing = Preprocessing.defaults().withSize(16);
    var eval = new EvalView(preprocessing);
    List<PixelImage> images = mixed();
    double[] host = eval.of(engine, images).toDoubles();
    double[] device = views(ViewGroup.center("t", 0, preprocessing), images, ids(4), 0);
    assertThat(host).containsExactly(device, within(1e-5));
    float[] one = eval.of(images.get(1));
    for (int i = 0; i < one.length; i++) {
      assertThat((float) host[one.length + i]).isEqualTo(one[i]);
    }
  }

  // Colors

  @Test
  void grayscaleIsTheWeightedSum() {
    var draws = draws(ROWS);
    perPixel(
        new Grayscale(0.5).apply(engine, pictures(), draws),
        (rgb, row) -> {
          if (draws.of("grey", row).nextDouble() < 0.5) {
            Arrays.fill(rgb, gray(rgb));
          }
        });
  }

  @Test
  void solarizeInvertsWhatIsBright() {
    var draws = draws(ROWS);
    perPixel(
        new Solarize(0.5).apply(engine, pictures(), draws),
        (rgb, row) -> {
          if (draws.of("solarize", row).nextDouble() < 0.5) {
            for (int c = 0; c < 3; c++) {
              rgb[c] = rgb[c] > 0.5 ? 1 - rgb[c] : rgb[c];
            }
          }
        });
  }

  @Test
  void normalizeTakesMeanAndDeviationOfEachChannel() {
    Preprocessing p = Preprocessing.defaults();
    perPixel(
        new Normalize(p).apply(engine, pictures(), draws(ROWS)),
        (rgb, row) -> {
          for (int c = 0; c < 3; c++) {
            rgb[c] = (rgb[c] - p.mean().get(c)) / p.std().get(c);
          }
        });
  }

  @Test
  void brightnessAndSaturationBlendAsTorchvision() {
    var draws = draws(ROWS);
    perPixel(
        new ColorJitter(0.8, 0.4, 0, 0.5, 0).apply(engine, pictures(), draws),
        (rgb, row) -> {
          double[] f = factors(draws, row, 0.4, 0, 0.5, 0);
          for (int c = 0; c < 3; c++) {
            rgb[c] = bounded(rgb[c] * f[0]);
          }
          double gray = gray(rgb);
          for (int c = 0; c < 3; c++) {
            rgb[c] = bounded(f[2] * rgb[c] + (1 - f[2]) * gray);
          }
        });
  }

  @Test
  void contrastBlendsWithTheViewsMeanGray() {
    var draws = draws(ROWS);
    double[] in = pictures().toDoubles();
    double[] mean = new double[ROWS];
    int plane = SIDE * SIDE;
    for (int i = 0; i < ROWS * plane; i++) {
      int at = i / plane * 3 * plane + i % plane;
      mean[i / plane] += gray(new double[] {in[at], in[at + plane], in[at + 2 * plane]}) / plane;
    }
    perPixel(
        new ColorJitter(0.8, 0, 0.4, 0, 0).apply(engine, pictures(), draws),
        (rgb, row) -> {
          double f = factors(draws, row, 0, 0.4, 0, 0)[1];
          for (int c = 0; c < 3; c++) {
            rgb[c] = bounded(f * rgb[c] + (1 - f) * mean[row]);
          }
        });
  }

  @Test
  void hueTurnsTheColorCircle() {
    var draws = draws(ROWS);
    perPixel(
        new ColorJitter(0.8, 0, 0, 0, 0.5).apply(engine, pictures(), draws),
        (rgb, row) -> turn(rgb, factors(draws, row, 0, 0, 0, 0.5)[3]));
  }

  /** Through HSV and back, by sectors, as in every textbook. */
  private static void turn(double[] rgb, double by) {
    double max = Math.max(rgb[0], Math.max(rgb[1], rgb[2]));
    double min = Math.min(rgb[0], Math.min(rgb[1], rgb[2]));
    double chroma = max - min;
    if (chroma == 0) {
      return;
    }
    double h;
    if (max == rgb[0]) {
      h = (rgb[1] - rgb[2]) / chroma;
    } else if (max == rgb[1]) {
      h = 2 + (rgb[2] - rgb[0]) / chroma;
    } else {
      h = 4 + (rgb[0] - rgb[1]) / chroma;
    }
    h = ((h / 6 + by) % 1 + 1) % 1 * 6;
    int sector = (int) h;
    double f = h - sector;
    double s = chroma / max;
    double p = max * (1 - s);
    double q = max * (1 - s * f);
    double t = max * (1 - s * (1 - f));
    double[][] sectors = {
      {max, t, p}, {q, max, p}, {p, max, t}, {p, q, max}, {t, p, max}, {max, p, q}
    };
    System.arraycopy(sectors[sector % 6], 0, rgb, 0, 3);
  }

  @Test
  void blurIsAGaussianThatMirrorsAtTheEdges() {
    var draws = draws(ROWS);
    Tensor in = pictures();
    double[] got = new GaussianBlur(0.5, 0.5, 2).apply(engine, in, draws).toDoubles();
    double[] x = in.toDoubles();
    int plane = SIDE * SIDE;
    for (int row = 0; row < ROWS; row++) {
      KeyedRandom stream = draws.of("blur", row);
      double sigma = stream.nextDouble() < 0.5 ? stream.uniform(0.5, 2) : 0;
      int radius = (int) Math.ceil(3 * sigma);
      for (int i = 0; i < 3 * plane; i++) {
        int at = row * 3 * plane + i / plane * plane;
        double sum = 0;
        double weights = 0;
        for (int dy = -radius; dy <= radius; dy++) {
          for (int dx = -radius; dx <= radius; dx++) {
            double w = sigma == 0 ? 1 : Math.exp(-0.5 * (dy * dy + dx * dx) / (sigma * sigma));
            int v = reflected(i % plane / SIDE + dy);
            int u = reflected(i % SIDE + dx);
            sum += w * x[at + v * SIDE + u];
            weights += w;
          }
        }
        assertThat(got[row * 3 * plane + i]).isCloseTo(sum / weights, within(CLOSE));
      }
    }
  }

  private static int reflected(int i) {
    if (i < 0) {
      return -i;
    }
    return i < SIDE ? i : 2 * (SIDE - 1) - i;
  }

  @Test
  void theFullPipelineStaysInRangeAndLeavesItsInputAlone() {
    ViewSettings s = ViewSettings.defaults();
    var all = new ViewSettings(2, 16, 0.08, 1, 0.5, 0.8, 0.4, 0.4, 0.2, 0.1, 0.2, 0.5, 0.1, 2, 0.2);
    assertThat(all.views()).isEqualTo(s.views());
    double[] values = views(ViewGroup.crops("g", all, PLAIN), mixed(), ids(4), 0);
    for (double v : values) {
      assertThat(v).isBetween(-1e-6, 1 + 1e-6);
    }
    Tensor in = pictures();
    double[] before = in.toDoubles();
    for (ViewTransform transform :
        List.of(
            new ColorJitter(1, 0.4, 0.4, 0.4, 0.1),
            new Grayscale(1),
            new GaussianBlur(1, 1, 2),
            new Solarize(1))) {
      transform.apply(engine, in, draws(ROWS));
      assertThat(in.toDoubles()).isEqualTo(before);
    }
  }

  private static double[] factors(
      ViewRandom draws,
      int row,
      double brightness,
      double contrast,
      double saturation,
      double hue) {
    KeyedRandom stream = draws.of("jitter", row);
    boolean apply = stream.nextDouble() < 0.8;
    double b = stream.uniform(1 - brightness, 1 + brightness);
    double c = stream.uniform(1 - contrast, 1 + contrast);
    double s = stream.uniform(1 - saturation, 1 + saturation);
    double h = stream.uniform(-hue, hue);
    return apply ? new double[] {b, c, s, h} : new double[] {1, 1, 1, 0};
  }

  private static double gray(double[] rgb) {
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
  }

  private static double bounded(double v) {
    return Math.max(0, Math.min(1, v));
  }

  private void perPixel(Tensor got, PerPixel change) {
    double[] out = got.toDoubles();
    double[] in = pictures().toDoubles();
    int plane = SIDE * SIDE;
    for (int i = 0; i < ROWS * plane; i++) {
      int at = i / plane * 3 * plane + i % plane;
      double[] rgb = {in[at], in[at + plane], in[at + 2 * plane]};
      change.change(rgb, i / plane);
      for (int c = 0; c < 3; c++) {
        assertThat(out[at + c * plane])
            .as("row %d pixel %d channel %d", i / plane, i % plane, c)
            .isCloseTo(rgb[c], within(CLOSE));
      }
    }
  }
}
