package io.millrace.learner.method;

import static io.millrace.learner.method.LiteralNetwork.last;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.PatchGridSettings;
import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.TileSettings;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.augment.task.ColorBins;
import io.millrace.learner.augment.task.Downsample;
import io.millrace.learner.augment.task.Lab;
import io.millrace.learner.augment.task.TilePermutations;
import io.millrace.learner.method.pretext.ColorizationMethod;
import io.millrace.learner.method.pretext.ColorizationSettings;
import io.millrace.learner.method.pretext.JigsawMethod;
import io.millrace.learner.method.pretext.JigsawSettings;
import io.millrace.learner.method.pretext.RelativeLocationMethod;
import io.millrace.learner.method.pretext.RelativeLocationSettings;
import io.millrace.learner.method.pretext.RotationMethod;
import io.millrace.learner.method.pretext.RotationSettings;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Two whole updates of each pretext task against the same written out in loops over elements. */
public abstract class PretextStepContract extends TinyMethodContract {
  private static final int IMAGES = 5;
  private static final double RATE = 0.05;
  private static final OptimizerSettings SGD = OptimizerSettings.defaults();
  private static final ScheduleSettings CONSTANT = ScheduleSettings.constant(RATE, 0);

  private final ModelSettings model =
      new ModelSettings(3, BackboneSettings.defaults(), Preprocessing.defaults().withSize(8));

  /** A question: rows of views, which of them the head sees side by side, and the answers. */
  private record Task(double[][] views, int[][] joined, int[] answers) {}

  @Test
  void rotationIsItsLoops() {
    ViewSettings view = ViewSettings.plain(0.6).withSize(8);
    var settings = new RotationSettings(view, SGD.withNesterov(true), CONSTANT);
    Method method = new RotationMethod(model, LiteralNetwork.perceptron(8), settings);
    ViewGroup group = ViewGroup.crops("rotation", view, model.preprocessing());
    twoUpdatesAreTheirLoops(
        method,
        settings.optimizer(),
        batch -> {
          double[][] upright = views(group, batch);
          var views = new double[4 * IMAGES][192];
          var joined = new int[4 * IMAGES][1];
          var answers = new int[4 * IMAGES];
          for (int i = 0; i < 4 * IMAGES; i++) {
            answers[i] = i % 4;
            joined[i][0] = i;
            for (int at = 0; at < 192; at++) {
              int y = at % 64 / 8;
              int x = at % 8;
              int[][] from = {{y, x}, {x, 7 - y}, {7 - y, 7 - x}, {7 - x, y}};
              views[i][at] = upright[i / 4][at / 64 * 64 + from[i % 4][0] * 8 + from[i % 4][1]];
            }
          }
          return new Task(views, joined, answers);
        });
  }

  @Test
  void relativeLocationIsItsLoops() {
    var patches = new PatchGridSettings(16, 4, 1, 1, 0.6, 1, 0.5, 0.5);
    var settings = new RelativeLocationSettings(patches, 8, SGD, CONSTANT);
    Method method = new RelativeLocationMethod(model, LiteralNetwork.perceptron(4), settings);
    ViewGroup group = ViewGroup.patchGrid("patches", patches, model.preprocessing());
    twoUpdatesAreTheirLoops(
        method,
        SGD,
        batch -> {
          var joined = new ArrayList<int[]>();
          var answers = new ArrayList<Integer>();
          for (int i = 0; i < IMAGES; i++) {
            for (int place = 0; place < 9; place++) {
              if (place != 4) {
                joined.add(new int[] {9 * i + 4, 9 * i + place});
                answers.add(place < 4 ? place : place - 1);
              }
            }
          }
          return new Task(
              views(group, batch),
              joined.toArray(int[][]::new),
              answers.stream().mapToInt(Integer::intValue).toArray());
        });
  }

  @Test
  void jigsawIsItsLoops() {
    var tiles = new TileSettings(15, 4, 0.6, 1, 0.5, 0.3);
    var settings = new JigsawSettings(tiles, 6, 8, SGD, CONSTANT);
    Method method = new JigsawMethod(model, LiteralNetwork.perceptron(4), settings);
    ViewGroup group = ViewGroup.tiles("tiles", tiles);
    List<int[]> orders = TilePermutations.of(6);
    twoUpdatesAreTheirLoops(
        method,
        SGD,
        batch -> {
          double[][] grid = views(group, batch);
          var views = new double[9 * IMAGES][];
          var joined = new int[IMAGES][9];
          var answers = new int[IMAGES];
          for (int i = 0; i < IMAGES; i++) {
            answers[i] =
                KeyedRandom.of(3, "jigsaw.order", batch.ids().get(i), batch.step()).nextInt(6);
            for (int place = 0; place < 9; place++) {
              views[9 * i + place] = grid[9 * i + orders.get(answers[i])[place]];
              joined[i][place] = 9 * i + place;
            }
          }
          return new Task(views, joined, answers);
        });
  }

  private double[][] views(ViewGroup group, ImageBatch batch) {
    var pixels = new PixelBatch(engine, batch.images());
    try (Tensor view = group.of(engine, pixels, batch.ids(), batch.step(), model.seed())) {
      return LiteralNetwork.rows(view);
    }
  }

  private void twoUpdatesAreTheirLoops(
      Method method, OptimizerSettings optimizer, Function<ImageBatch, Task> task) {
    try (MethodState state = method.initialize(engine)) {
      var student = LiteralNetwork.of(state, "student");
      var head = LiteralNetwork.of(state, "head");
      var velocities =
          List.of(new double[student.parameters.length], new double[head.parameters.length]);
      for (int step = 0; step < 2; step++) {
        ImageBatch batch = batch(step, IMAGES * step, IMAGES);
        Task t = task.apply(batch);
        var f = student.forward(t.views());
        int d = last(f)[0].length;
        double[][] joined = new double[t.joined().length][];
        for (int i = 0; i < joined.length; i++) {
          joined[i] = new double[d * t.joined()[i].length];
          for (int k = 0; k < joined[i].length; k++) {
            joined[i][k] = last(f)[t.joined()[i][k / d]][k % d];
          }
        }
        var y = head.forward(joined);
        double loss = 0;
        double right = 0;
        double[][] dy = new double[joined.length][];
        for (int i = 0; i < joined.length; i++) {
          double[] p = softmax(last(y)[i]);
          loss -= Math.log(p[t.answers()[i]]) / joined.length;
          right += largest(p) == t.answers()[i] ? 1.0 / joined.length : 0;
          p[t.answers()[i]] -= 1;
          dy[i] = scaled(p, 1.0 / joined.length);
        }
        double[][] dJoined = head.backward(y, dy);
        double[][] df = new double[last(f).length][d];
        for (int i = 0; i < joined.length; i++) {
          for (int k = 0; k < joined[i].length; k++) {
            df[t.joined()[i][k / d]][k % d] += dJoined[i][k];
          }
        }
        student.backward(f, df);
        student.sgd(velocities.get(0), RATE, optimizer);
        head.sgd(velocities.get(1), RATE, optimizer);

        StepReport report = method.step(batch, state);
        assertThat(report.loss()).isCloseTo(loss, within(1e-9));
        assertThat(report.metrics().get("accuracy")).isCloseTo(right, within(1e-9));
        student.same(state, "student");
        head.same(state, "head");
      }
    }
  }

  @Test
  void colorizationIsItsLoops() {
    ViewSettings view = ViewSettings.plain(0.6).withSize(8);
    var settings = new ColorizationSettings(view, 40, 20, 0.5, 0.9, 5, 8, 2, SGD, CONSTANT);
    Method method = new ColorizationMethod(model, LiteralNetwork.mapping(8), settings);
    double[][] bins = LiteralNetwork.rows(ColorBins.of(40).centers(engine));
    int colors = bins.length;
    try (MethodState state = method.initialize(engine)) {
      var student = LiteralNetwork.of(state, "student");
      var decoder = LiteralNetwork.of(state, "decoder");
      var velocities =
          List.of(new double[student.parameters.length], new double[decoder.parameters.length]);
      double[] counts = new double[colors];
      for (int step = 0; step < 2; step++) {
        ImageBatch batch = batch(step, IMAGES * step, IMAGES);
        Tensor lab = lab(view, batch);
        double[][] x = lightness(lab);
        double[][] ab = LiteralNetwork.rows(Downsample.to(engine, lab.slice(1, 1, 3), 4, 4));
        int places = 16 * IMAGES;
        double[][] t = new double[places][];
        double m = Math.min(0.9, step / (step + 1.0));
        for (int q = 0; q < colors; q++) {
          counts[q] *= m;
        }
        for (int h = 0; h < places; h++) {
          double[] at = new double[colors];
          for (int q = 0; q < colors; q++) {
            double da = ab[h / 16][h % 16] - bins[q][0];
            double db = ab[h / 16][16 + h % 16] - bins[q][1];
            at[q] = -(da * da + db * db) / (2 * 20 * 20);
          }
          t[h] = softmax(at);
          for (int q = 0; q < colors; q++) {
            counts[q] += (1 - m) * t[h][q] / places;
          }
        }
        double[] w = rarities(counts);
        double counted = Arrays.stream(counts).sum();

        var f = student.forward(x);
        var y = decoder.forward(LiteralNetwork.map(f));
        double all = 1e-6;
        for (double[] target : t) {
          all += w[largest(target)];
        }
        double loss = 1e-6 * Math.log(colors) / all;
        double blind = loss;
        double[][] dy = new double[IMAGES][16 * colors];
        for (int h = 0; h < places; h++) {
          double[] guess = new double[colors];
          for (int q = 0; q < colors; q++) {
            guess[q] = last(y)[h / 16][16 * q + h % 16];
          }
          double[] p = softmax(guess);
          double v = w[largest(t[h])] / all;
          for (int q = 0; q < colors; q++) {
            loss -= v * t[h][q] * Math.log(p[q]);
            blind -= v * t[h][q] * Math.log(counts[q] * w[q] / counted);
            dy[h / 16][16 * q + h % 16] = v * (p[q] - t[h][q]);
          }
        }
        student.backward(f, decoder.backward(y, dy), f.size() - 2);
        student.sgd(velocities.get(0), RATE, SGD);
        decoder.sgd(velocities.get(1), RATE, SGD);

        StepReport report = method.step(batch, state);
        assertThat(report.loss()).isCloseTo(loss, within(1e-9));
        assertThat(report.chanceLevelLoss()).isCloseTo(blind, within(1e-9));
        assertThat(state.tensor("colours").toDoubles()).containsExactly(counts, within(1e-9));
        student.same(state, "student");
        decoder.same(state, "decoder");
      }
    }
  }

  /** A backbone with a map of 3 channels and 2 × 2 places. */
  private Tensor lab(ViewSettings view, ImageBatch batch) {
    var asItIs = new Preprocessing(8, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));
    ViewGroup group = ViewGroup.crops("colorization", view, asItIs);
    var pixels = new PixelBatch(engine, batch.images());
    try (Tensor rgb = group.of(engine, pixels, batch.ids(), batch.step(), model.seed())) {
      return Lab.of(engine, rgb);
    }
  }

  private double[][] lightness(Tensor lab) {
    double[][] out = new double[IMAGES][192];
    double[][] l = LiteralNetwork.rows(lab);
    for (int i = 0; i < IMAGES; i++) {
      for (int at = 0; at < 192; at++) {
        int c = at / 64;
        out[i][at] =
            (l[i][at % 64] / 100 - model.preprocessing().mean().get(c))
                / model.preprocessing().std().get(c);
      }
    }
    return out;
  }

  private static double[] rarities(double[] counts) {
    double sum = 0;
    for (double count : counts) {
      sum += count;
    }
    double[] w = new double[counts.length];
    double expected = 0;
    for (int q = 0; q < w.length; q++) {
      w[q] = 1 / (0.5 * counts[q] / sum + 0.5 / w.length);
      expected += counts[q] / sum * w[q];
    }
    return scaled(w, 1 / expected);
  }

  private static double[] softmax(double[] y) {
    double sum = 0;
    double[] p = new double[y.length];
    for (int k = 0; k < p.length; k++) {
      p[k] = Math.exp(y[k]);
      sum += p[k];
    }
    return scaled(p, 1 / sum);
  }

  private static double[] scaled(double[] x, double factor) {
    double[] out = new double[x.length];
    for (int k = 0; k < x.length; k++) {
      out[k] = x[k] * factor;
    }
    return out;
  }

  private static int largest(double[] x) {
    int best = 0;
    for (int k = 1; k < x.length; k++) {
      best = x[k] > x[best] ? k : best;
    }
    return best;
  }
}
