package io.millrace.learner.method;

import static io.millrace.learner.method.LiteralNetwork.last;
import static io.millrace.learner.method.LiteralNetwork.map;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.augment.task.HoleSettings;
import io.millrace.learner.augment.task.MaskSampler;
import io.millrace.learner.augment.task.NoiseSettings;
import io.millrace.learner.augment.task.PixelNoise;
import io.millrace.learner.method.bow.BownetMethod;
import io.millrace.learner.method.bow.BownetSettings;
import io.millrace.learner.method.bow.FeatureReconstructionMethod;
import io.millrace.learner.method.bow.FeatureReconstructionSettings;
import io.millrace.learner.method.generative.AdversarySettings;
import io.millrace.learner.method.generative.AutoencoderMethod;
import io.millrace.learner.method.generative.AutoencoderSettings;
import io.millrace.learner.method.generative.BiganMethod;
import io.millrace.learner.method.generative.BiganSettings;
import io.millrace.learner.method.generative.DenoisingMethod;
import io.millrace.learner.method.generative.DenoisingSettings;
import io.millrace.learner.method.generative.GanMethod;
import io.millrace.learner.method.generative.GanSettings;
import io.millrace.learner.method.generative.InpaintingMethod;
import io.millrace.learner.method.generative.InpaintingSettings;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole updates against the same written out in loops over elements. */
public abstract class GenerativeStepContract extends TinyMethodContract {
  private static final int SIDE = 8;
  private static final int CELLS = SIDE * SIDE;
  private static final int IMAGES = 6;
  private static final int LATENT = 4;
  private static final double RATE = 0.05;
  private static final double TAU = 0.9;
  private static final OptimizerSettings SGD = OptimizerSettings.defaults();
  private static final ScheduleSettings RATES = ScheduleSettings.constant(RATE, 0);
  private static final ViewSettings VIEW =
      ViewSettings.defaults().withViews(1).withScale(0.3, 1).withSize(SIDE);
  private static final NoiseSettings NOISE = new NoiseSettings(0.3, 0.2);
  private static final HoleSettings CENTER = HoleSettings.center();
  private static final HoleSettings BLOCKS = HoleSettings.blocks(2, 0.25);

  private final ModelSettings model =
      new ModelSettings(3, BackboneSettings.defaults(), Preprocessing.defaults().withSize(SIDE));

  // Reconstruction.

  @ParameterizedTest
  @ValueSource(strings = {"autoencoder", "denoising", "inpainting"})
  void twoReconstructionsAreTheirLoops(String name) {
    NetworkSpec backbone = LiteralNetwork.perceptron(SIDE);
    NetworkSpec painter = LiteralNetwork.painter("decoder", 5, SIDE);
    Method method =
        switch (name) {
          case "autoencoder" ->
              new AutoencoderMethod(
                  model, backbone, painter, new AutoencoderSettings(VIEW, 8, SGD, RATES));
          case "denoising" ->
              new DenoisingMethod(
                  model, backbone, painter, new DenoisingSettings(VIEW, NOISE, 8, SGD, RATES));
          default ->
              new InpaintingMethod(
                  model,
                  backbone,
                  painter,
                  new InpaintingSettings(VIEW, CENTER, 0.1, 8, SGD, RATES));
        };
    try (MethodState state = method.initialize(engine)) {
      var networks = new Networks(state, "student", "decoder");
      for (int step = 0; step < 2; step++) {
        ImageBatch batch = batch(step, IMAGES * step, IMAGES);
        double[][] clean = view("images", VIEW, batch);
        double[][] seen = seen(name, clean, batch);
        double[][] weights = new double[IMAGES][3 * CELLS];
        double all = 0;
        for (double[] row : weights) {
          for (int p = 0; p < row.length; p++) {
            row[p] = name.equals("inpainting") && !inCenter(p) ? 0.1 : 1;
            all += row[p];
          }
        }
        var f = networks.get("student").forward(seen);
        var y = networks.get("decoder").forward(last(f));
        double loss = 0;
        double[][] dy = new double[IMAGES][3 * CELLS];
        for (int i = 0; i < IMAGES; i++) {
          for (int p = 0; p < dy[i].length; p++) {
            double error = last(y)[i][p] - clean[i][p];
            loss += weights[i][p] * error * error / all;
            dy[i][p] = 2 * weights[i][p] * error / all;
          }
        }
        networks.get("student").backward(f, networks.get("decoder").backward(y, dy));
        networks.learn("student", "decoder");

        assertThat(method.step(batch, state).loss()).isCloseTo(loss, within(1e-9));
        networks.same();
      }
    }
  }

  @Test
  void twoInpaintingsThatAreToDeceiveAreTheirLoops() {
    double lambda = 0.3;
    var adversary = new AdversarySettings(lambda, 8, SGD, RATES);
    var discriminatorSpec =
        new NetworkSpec(
            "discriminator",
            List.of(3, SIDE, SIDE),
            List.of(
                new Named("flatten", new Layer.Flatten()),
                new Named("fc", new Layer.Linear(3 * CELLS, 6, true)),
                new Named("relu", new Layer.LeakyRelu(0.2)),
                new Named("logit", new Layer.Linear(6, 1, true))),
            Set.of());
    Method method =
        new InpaintingMethod(
            model,
            LiteralNetwork.perceptron(SIDE),
            LiteralNetwork.painter("decoder", 5, SIDE),
            discriminatorSpec,
            new InpaintingSettings(VIEW, CENTER, 0.1, 8, SGD, RATES, adversary));
    try (MethodState state = method.initialize(engine)) {
      var networks = new Networks(state, "student", "decoder", "discriminator");
      LiteralNetwork discriminator = networks.get("discriminator");
      for (int step = 0; step < 2; step++) {
        ImageBatch batch = batch(step, IMAGES * step, IMAGES);
        double[][] clean = view("images", VIEW, batch);
        var f = networks.get("student").forward(cut(clean, CENTER, batch));
        var y = networks.get("decoder").forward(last(f));
        double[][] filled = new double[IMAGES][3 * CELLS];
        double[][] dy = new double[IMAGES][3 * CELLS];
        double all = IMAGES * 3 * (16 + 0.1 * (CELLS - 16));
        double reconstruction = 0;
        for (int i = 0; i < IMAGES; i++) {
          for (int p = 0; p < dy[i].length; p++) {
            double error = last(y)[i][p] - clean[i][p];
            double weight = inCenter(p) ? 1 : 0.1;
            reconstruction += weight * error * error / all;
            dy[i][p] = 2 * weight * error / all;
            filled[i][p] = inCenter(p) ? last(y)[i][p] : clean[i][p];
          }
        }
        var deceiving = discriminator.forward(filled);
        double[][] dl = new double[IMAGES][1];
        double adversarial = crossEntropy(last(deceiving), 1, dl);
        double[][] atFilled = discriminator.backward(deceiving, dl);
        networks.forget("discriminator");
        for (int i = 0; i < IMAGES; i++) {
          for (int p = 0; p < dy[i].length; p++) {
            dy[i][p] += inCenter(p) ? lambda * atFilled[i][p] : 0;
          }
        }
        double discriminated = 0;
        for (boolean real : new boolean[] {true, false}) {
          var l = discriminator.forward(real ? clean : filled);
          double[][] d = new double[IMAGES][1];
          discriminated += crossEntropy(last(l), real ? 1 : 0, d);
          discriminator.backward(l, d);
        }
        networks.get("student").backward(f, networks.get("decoder").backward(y, dy));
        networks.learn("student", "decoder", "discriminator");

        StepReport report = method.step(batch, state);
        assertThat(report.loss()).isCloseTo(reconstruction + lambda * adversarial, within(1e-9));
        assertThat(report.metrics().get("reconstructionLoss"))
            .isCloseTo(reconstruction, within(1e-9));
        assertThat(report.metrics().get("discriminatorLoss"))
            .isCloseTo(discriminated, within(1e-9));
        networks.same();
      }
    }
  }

  /** Whether an element is of the middle half of height and width. */
  private static boolean inCenter(int p) {
    return Math.abs(p % SIDE - 3.5) < 2 && Math.abs(p / SIDE % SIDE - 3.5) < 2;
  }

  private double[][] seen(String name, double[][] clean, ImageBatch batch) {
    Tensor views = engine.tensor(flat(clean), IMAGES, 3, SIDE, SIDE);
    List<String> ids = batch.ids();
    return switch (name) {
      case "denoising" ->
          LiteralNetwork.rows(
              new PixelNoise(NOISE).of(engine, views, ids, batch.step(), model.seed()));
      case "inpainting" -> cut(clean, CENTER, batch);
      default -> clean;
    };
  }

  private double[][] cut(double[][] views, HoleSettings settings, ImageBatch batch) {
    double[][] mask =
        LiteralNetwork.rows(
            new MaskSampler(settings).mask(engine, batch.ids(), SIDE, batch.step(), model.seed()));
    double[][] out = new double[views.length][];
    for (int i = 0; i < views.length; i++) {
      out[i] = views[i].clone();
      for (int p = 0; p < out[i].length; p++) {
        out[i][p] *= 1 - mask[i][p % CELLS];
      }
    }
    return out;
  }

  // Feature reconstruction.

  @Test
  void twoFeatureReconstructionsAreTheirLoops() {
    Method method =
        new FeatureReconstructionMethod(
            model,
            LiteralNetwork.mapping(SIDE),
            new FeatureReconstructionSettings(VIEW, BLOCKS, 8, TAU, SGD, RATES));
    try (MethodState state = method.initialize(engine)) {
      var networks = new Networks(state, "student", "predictor", "teacher");
      LiteralNetwork student = networks.get("student");
      LiteralNetwork predictor = networks.get("predictor");
      LiteralNetwork teacher = networks.get("teacher");
      for (int step = 0; step < 2; step++) {
        ImageBatch batch = batch(step, IMAGES * step, IMAGES);
        var s = student.forward(cut(view("images", VIEW, batch), BLOCKS, batch));
        var p = predictor.forward(map(s));
        double[][] t =
            standard(cells(map(teacher.forward(view("images", VIEW.cropsAlone(), batch)))));
        double loss = 0;
        double[][] dp = new double[IMAGES][12];
        for (int i = 0; i < IMAGES; i++) {
          for (int f = 0; f < 12; f++) {
            double error = last(p)[i][f] - t[4 * i + f % 4][f / 4];
            loss += error * error / (12 * IMAGES);
            dp[i][f] = 2 * error / (12 * IMAGES);
          }
        }
        student.backward(s, predictor.backward(p, dp), s.size() - 2);
        networks.learn("student", "predictor");
        for (int i = 0; i < teacher.parameters.length; i++) {
          teacher.parameters[i] = TAU * teacher.parameters[i] + (1 - TAU) * student.parameters[i];
        }

        assertThat(method.step(batch, state).loss()).isCloseTo(loss, within(1e-9));
        networks.same();
      }
    }
  }

  private static double[][] standard(double[][] cells) {
    double[][] out = new double[cells.length][3];
    for (int c = 0; c < 3; c++) {
      double mean = 0;
      double variance = 0;
      for (double[] cell : cells) {
        mean += cell[c] / cells.length;
      }
      for (double[] cell : cells) {
        variance += (cell[c] - mean) * (cell[c] - mean) / cells.length;
      }
      for (int i = 0; i < cells.length; i++) {
        out[i][c] = (cells[i][c] - mean) / Math.sqrt(variance + 1e-5);
      }
    }
    return out;
  }

  // Adversarial methods.

  @Test
  void threeTurnsOfTheGanAreTheirLoops() {
    var settings = new GanSettings(VIEW, LATENT, 8, 2, SGD, RATES, RATES);
    NetworkSpec generator = LiteralNetwork.painter("generator", LATENT, SIDE, new Layer.Tanh());
    Method method = new GanMethod(model, LiteralNetwork.perceptron(SIDE), generator, settings);
    try (MethodState state = method.initialize(engine)) {
      var networks = new Networks(state, "student", "head", "generator");
      LiteralNetwork student = networks.get("student");
      LiteralNetwork head = networks.get("head");
      for (int step = 0; step < 3; step++) {
        ImageBatch batch = batch(step, IMAGES * step, IMAGES);
        var made = networks.get("generator").forward(latents("gan", step));
        double[][] fake = pixels(last(made));
        double loss = 0;
        for (boolean real : new boolean[] {true, false}) {
          var f =
              real
                  ? student.forward(view("images", VIEW, batch))
                  : student.forward(fake, Mode.TRAIN_FROZEN_STATS);
          var l = head.forward(last(f));
          double[][] dl = new double[IMAGES][1];
          loss += crossEntropy(last(l), real ? 1 : 0, dl);
          student.backward(f, head.backward(l, dl));
        }
        networks.learn("student", "head");
        double deceived = Double.NaN;
        if (step % 2 == 1) {
          var f = student.forward(fake, Mode.TRAIN_FROZEN_STATS);
          var l = head.forward(last(f));
          double[][] dl = new double[IMAGES][1];
          deceived = crossEntropy(last(l), 1, dl);
          double[][] atFake = student.backward(f, head.backward(l, dl));
          networks.get("generator").backward(made, halved(atFake));
          networks.forget("student", "head");
          networks.learn("generator");
        }

        StepReport report = method.step(batch, state);
        assertThat(report.loss()).isCloseTo(loss, within(1e-9));
        if (step % 2 == 1) {
          assertThat(report.metrics().get("generatorLoss")).isCloseTo(deceived, within(1e-9));
        }
        networks.same();
      }
    }
  }

  @Test
  void twoTurnsOfTheBiganAreTheirLoops() {
    var settings = new BiganSettings(VIEW, LATENT, 8, 8, 1, SGD, RATES, RATES);
    var discriminatorSpec =
        new NetworkSpec(
            "discriminator",
            List.of(3, SIDE, SIDE),
            List.of(
                new Named("flatten", new Layer.Flatten()),
                new Named("fc", new Layer.Linear(3 * CELLS, 6, true)),
                new Named("relu", new Layer.LeakyRelu(0.2))),
            Set.of());
    NetworkSpec generator = LiteralNetwork.painter("generator", LATENT, SIDE, new Layer.Tanh());
    Method method =
        new BiganMethod(
            model, LiteralNetwork.perceptron(SIDE), generator, discriminatorSpec, settings);
    try (MethodState state = method.initialize(engine)) {
      var networks =
          new Networks(state, "student", "encoderHead", "generator", "discriminator", "joint");
      LiteralNetwork discriminator = networks.get("discriminator");
      LiteralNetwork joint = networks.get("joint");
      for (int step = 0; step < 2; step++) {
        ImageBatch batch = batch(step, IMAGES * step, IMAGES);
        double[][] real = view("images", VIEW, batch);
        double[][] z = latents("bigan", step);
        var made = networks.get("generator").forward(z);
        double[][] fake = pixels(last(made));
        var code = networks.get("student").forward(real);
        var e = networks.get("encoderHead").forward(last(code));
        double loss = 0;
        for (boolean truth : new boolean[] {true, false}) {
          var f = discriminator.forward(truth ? real : fake);
          var l = joint.forward(beside(last(f), truth ? last(e) : z));
          double[][] dl = new double[IMAGES][1];
          loss += crossEntropy(last(l), truth ? 1 : 0, dl);
          discriminator.backward(f, columns(joint.backward(l, dl), 0, 6));
        }
        networks.learn("discriminator", "joint");
        for (boolean truth : new boolean[] {true, false}) {
          var f = discriminator.forward(truth ? real : fake);
          var l = joint.forward(beside(last(f), truth ? last(e) : z));
          double[][] dl = new double[IMAGES][1];
          crossEntropy(last(l), truth ? 0 : 1, dl);
          double[][] atPair = joint.backward(l, dl);
          if (truth) {
            double[][] atCode = columns(atPair, 6, 6 + LATENT);
            networks.get("student").backward(code, networks.get("encoderHead").backward(e, atCode));
          } else {
            double[][] atFake = discriminator.backward(f, columns(atPair, 0, 6));
            networks.get("generator").backward(made, halved(atFake));
          }
        }
        networks.forget("discriminator", "joint");
        networks.learn("student", "encoderHead", "generator");

        assertThat(method.step(batch, state).loss()).isCloseTo(loss, within(1e-9));
        networks.same();
      }
    }
  }

  private double[][] latents(String method, long step) {
    double[][] z = new double[IMAGES][LATENT];
    for (int i = 0; i < IMAGES; i++) {
      KeyedRandom random = KeyedRandom.of(model.seed(), method + ".latents", step, i);
      for (int d = 0; d < LATENT; d++) {
        z[i][d] = random.nextGaussian();
      }
    }
    return z;
  }

  /** −1 is black and 1 is white, normalized. */
  private double[][] pixels(double[][] made) {
    double[][] out = new double[made.length][3 * CELLS];
    for (int i = 0; i < made.length; i++) {
      for (int p = 0; p < out[i].length; p++) {
        double mean = model.preprocessing().mean().get(p / CELLS);
        out[i][p] = ((made[i][p] + 1) / 2 - mean) / model.preprocessing().std().get(p / CELLS);
      }
    }
    return out;
  }

  private double[][] halved(double[][] gradient) {
    double[][] out = new double[gradient.length][3 * CELLS];
    for (int i = 0; i < gradient.length; i++) {
      for (int p = 0; p < out[i].length; p++) {
        out[i][p] = gradient[i][p] / 2 / model.preprocessing().std().get(p / CELLS);
      }
    }
    return out;
  }

  private static double crossEntropy(double[][] logits, double label, double[][] d) {
    double loss = 0;
    for (int i = 0; i < logits.length; i++) {
      double p = 1 / (1 + Math.exp(-logits[i][0]));
      loss -= (label * Math.log(p) + (1 - label) * Math.log(1 - p)) / logits.length;
      d[i][0] = (p - label) / logits.length;
    }
    return loss;
  }

  // BoWNet.

  @Test
  void everyPhaseOfBownetIsItsLoops() {
    int words = 16;
    double kappa = 5;
    Method method =
        new BownetMethod(
            model,
            LiteralNetwork.mapping(SIDE),
            new BownetSettings(VIEW, words, kappa, 2, 2, 2, SGD, RATES));
    try (MethodState state = method.initialize(engine)) {
      var networks = new Networks(state, "student", "head", "wordHead", "teacher");
      LiteralNetwork student = networks.get("student");
      double[][] vocabulary = new double[words][3];
      double[] counts = new double[words];
      int filled = 0;
      // Rotation 2, words until all have a start 3, prediction 2, and one of the next round.
      for (int step = 0; step < 8; step++) {
        ImageBatch batch = batch(step, IMAGES * step, IMAGES);
        double loss;
        if (step == 2 || step == 7) {
          networks.get("teacher").become(student);
          filled = 0;
          Arrays.stream(vocabulary).forEach(word -> Arrays.fill(word, 0));
          Arrays.fill(counts, 0);
        }
        if (step < 2) {
          double[][] turned = turned(view("rotation", VIEW.cropsAlone(), batch));
          double[][] right = new double[turned.length][4];
          for (int i = 0; i < turned.length; i++) {
            right[i][i % 4] = 1;
          }
          loss = predict(networks, "head", turned, 1, right);
        } else {
          ViewGroup whole = ViewGroup.center("teacher", 0, model.preprocessing());
          double[][] cells =
              cells(map(networks.get("teacher").forward(view(whole, batch), Mode.EVAL)));
          if (step < 5 || step == 7) {
            filled = start(vocabulary, filled, cells, step);
            loss = follow(vocabulary, counts, filled, cells);
          } else {
            double[][] histograms = new double[IMAGES][words];
            for (int i = 0; i < cells.length; i++) {
              histograms[i / 4][nearest(vocabulary, words, cells[i])] += 0.25;
            }
            loss = predict(networks, "wordHead", view("student", VIEW, batch), kappa, histograms);
          }
        }

        StepReport report = method.step(batch, state);
        assertThat(report.loss()).as("step %d", step).isCloseTo(loss, within(1e-9));
        if (step == 4) {
          networks.renew(state, "wordHead"); // drawn anew, for words that mean something else
        }
        if (step != 1 && step != 6) {
          networks.same(); // after those two the teacher has changed already
        }
        if (step != 6) {
          assertThat(state.tensor("vocabulary").toDoubles())
              .containsExactly(flat(vocabulary), within(1e-9));
          assertThat(state.tensor("vocabulary.counts").toDoubles()).containsExactly(counts);
        }
      }
    }
  }

  /** Cross-entropy less the targets' entropy, back through head and student, and one update. */
  private static double predict(
      Networks networks, String head, double[][] views, double scale, double[][] targets) {
    var f = networks.get("student").forward(views);
    var l = networks.get(head).forward(last(f));
    double loss = 0;
    double[][] dl = new double[views.length][];
    for (int i = 0; i < views.length; i++) {
      double[] scores = Arrays.stream(last(l)[i]).map(v -> scale * v).toArray();
      double sum = Arrays.stream(scores).map(Math::exp).sum();
      dl[i] = new double[scores.length];
      for (int k = 0; k < scores.length; k++) {
        double p = Math.exp(scores[k]) / sum;
        double t = targets[i][k];
        loss += t == 0 ? 0 : t * (Math.log(t) - Math.log(p)) / views.length;
        dl[i][k] = scale * (p - t) / views.length;
      }
    }
    networks.get("student").backward(f, networks.get(head).backward(l, dl));
    networks.learn("student", head);
    return loss;
  }

  private int start(double[][] vocabulary, int filled, double[][] cells, long step) {
    if (filled == vocabulary.length) {
      return filled;
    }
    int taken = Math.min(vocabulary.length - filled, cells.length / 4);
    int[] order = KeyedRandom.of(model.seed(), "vocabulary", step, 0).permutation(cells.length);
    for (int i = 0; i < taken; i++) {
      vocabulary[filled + i] = cells[order[i]].clone();
    }
    return filled + taken;
  }

  private static double follow(double[][] words, double[] counts, int filled, double[][] cells) {
    double error = 0;
    double[][] sums = new double[filled][3];
    double[] hits = new double[filled];
    for (double[] cell : cells) {
      int k = nearest(words, filled, cell);
      error += distance(words[k], cell) / cells.length;
      hits[k]++;
      for (int c = 0; c < 3; c++) {
        sums[k][c] += cell[c] - words[k][c];
      }
    }
    for (int k = 0; k < filled; k++) {
      counts[k] += hits[k];
      for (int c = 0; c < 3; c++) {
        words[k][c] += sums[k][c] / Math.max(1, counts[k]);
      }
    }
    return error;
  }

  private static int nearest(double[][] words, int filled, double[] cell) {
    int best = 0;
    for (int k = 1; k < filled; k++) {
      best = distance(words[k], cell) < distance(words[best], cell) ? k : best;
    }
    return best;
  }

  private static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int c = 0; c < a.length; c++) {
      sum += (a[c] - b[c]) * (a[c] - b[c]);
    }
    return sum;
  }

  /** Each image under four quarter turns, counter-clockwise. */
  private static double[][] turned(double[][] images) {
    double[][] out = new double[4 * images.length][3 * CELLS];
    for (int i = 0; i < images.length; i++) {
      out[4 * i] = images[i];
      for (int turn = 1; turn < 4; turn++) {
        for (int p = 0; p < 3 * CELLS; p++) {
          int y = p / SIDE % SIDE;
          int x = p % SIDE;
          // What comes to (y, x) was at (x, SIDE − 1 − y) a quarter turn before.
          out[4 * i + turn][p] = out[4 * i + turn - 1][p / CELLS * CELLS + x * SIDE + SIDE - 1 - y];
        }
      }
    }
    return out;
  }

  // What all share.

  /** A state's networks in loops, each with its velocity. */
  private static final class Networks {
    private final MethodState state;
    private final Map<String, LiteralNetwork> networks = new LinkedHashMap<>();
    private final Map<String, double[]> velocities = new LinkedHashMap<>();

    Networks(MethodState state, String... names) {
      this.state = state;
      for (String name : names) {
        renew(state, name);
      }
    }

    void renew(MethodState from, String name) {
      LiteralNetwork network = LiteralNetwork.of(from, name);
      networks.put(name, network);
      velocities.put(name, new double[network.parameters.length]);
      if (name.equals("wordHead")) {
        Arrays.fill(velocity("student"), 0); // a task that begins
      }
    }

    LiteralNetwork get(String name) {
      return Objects.requireNonNull(networks.get(name));
    }

    private double[] velocity(String name) {
      return Objects.requireNonNull(velocities.get(name));
    }

    void learn(String... names) {
      for (String name : names) {
        get(name).sgd(velocity(name), RATE, SGD);
      }
    }

    /** Drops gradients of networks that only let them through. */
    void forget(String... names) {
      for (String name : names) {
        Arrays.fill(get(name).gradients, 0);
      }
    }

    void same() {
      networks.forEach((name, network) -> network.same(state, name));
    }
  }

  private double[][] view(String group, ViewSettings settings, ImageBatch batch) {
    return view(ViewGroup.crops(group, settings, model.preprocessing()), batch);
  }

  private double[][] view(ViewGroup group, ImageBatch batch) {
    var pixels = new PixelBatch(engine, batch.images());
    try (Tensor view = group.of(engine, pixels, batch.ids(), batch.step(), model.seed())) {
      return LiteralNetwork.rows(view);
    }
  }

  /** A row for each cell of maps of three channels. */
  private static double[][] cells(double[][] maps) {
    return LiteralMaps.cells(maps, 3);
  }

  private static double[][] beside(double[][] left, double[][] right) {
    double[][] out = new double[left.length][];
    for (int i = 0; i < left.length; i++) {
      out[i] = Arrays.copyOf(left[i], left[i].length + right[i].length);
      System.arraycopy(right[i], 0, out[i], left[i].length, right[i].length);
    }
    return out;
  }

  private static double[][] columns(double[][] rows, int from, int to) {
    return Arrays.stream(rows)
        .map(row -> Arrays.copyOfRange(row, from, to))
        .toArray(double[][]::new);
  }

  private static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }
}
