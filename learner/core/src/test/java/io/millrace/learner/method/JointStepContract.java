package io.millrace.learner.method;

import static io.millrace.learner.method.LiteralLosses.zeros;
import static io.millrace.learner.method.LiteralNetwork.last;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.distillation.DistillationMethod;
import io.millrace.learner.method.distillation.DistillationSettings;
import io.millrace.learner.method.distillation.ReleasedTeacher;
import io.millrace.learner.method.joint.BarlowTwinsMethod;
import io.millrace.learner.method.joint.BarlowTwinsSettings;
import io.millrace.learner.method.joint.DinoMethod;
import io.millrace.learner.method.joint.DinoSettings;
import io.millrace.learner.method.joint.MocoMethod;
import io.millrace.learner.method.joint.MocoSettings;
import io.millrace.learner.method.joint.SimClrMethod;
import io.millrace.learner.method.joint.SimClrSettings;
import io.millrace.learner.method.joint.SimSiamMethod;
import io.millrace.learner.method.joint.SimSiamSettings;
import io.millrace.learner.method.joint.VicRegMethod;
import io.millrace.learner.method.joint.VicRegSettings;
import io.millrace.learner.method.registry.MixedMethod;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.MixSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two whole updates of each method against the same written out in loops over elements. */
public abstract class JointStepContract extends TinyMethodContract {
  private static final int SIDE = 8;
  private static final int IMAGES = 6;
  private static final double RATE = 0.05;
  private static final double TAU = 0.9;
  private static final ModelSettings MODEL =
      new ModelSettings(3, BackboneSettings.defaults(), Preprocessing.defaults().withSize(SIDE));
  private static final ViewSettings VIEW = ViewSettings.defaults().withViews(1).withSize(SIDE);
  private static final OptimizerSettings SGD = OptimizerSettings.defaults();
  private static final ScheduleSettings SCHEDULE = ScheduleSettings.constant(RATE, 0);

  @TempDir Path directory;

  /** A method's update in loops: what it needs of the literal networks, and what it does. */
  private abstract class Loops {
    final Map<String, LiteralNetwork> networks = new HashMap<>();
    final Map<String, double[]> velocities = new HashMap<>();

    /** Loss of one update; gradients are added to the networks'. */
    abstract double loss(ImageBatch batch, int step);

    /** Networks that this update trains. */
    abstract List<String> trained(int step);

    /** Teachers and their students. */
    Map<String, String> teachers() {
      return Map.of();
    }

    /** What else the state must hold after the update. */
    void after(MethodState state) {}

    /** Forward through networks one after the other: the pass of each. */
    List<List<double[][]>> forward(double[][] x, String... names) {
      var passes = new ArrayList<List<double[][]>>();
      double[][] at = x;
      for (String name : names) {
        passes.add(networks.get(name).forward(at));
        at = last(passes.get(passes.size() - 1));
      }
      return passes;
    }

    /** The output of a way through networks. */
    double[][] output(List<List<double[][]>> passes) {
      return last(passes.get(passes.size() - 1));
    }

    /** Back through the same networks. */
    void backward(List<List<double[][]>> passes, double[][] gradient, String... names) {
      double[][] at = gradient;
      for (int i = names.length - 1; i >= 0; i--) {
        at = networks.get(names[i]).backward(passes.get(i), at);
      }
    }

    double[][] view(String group, ViewSettings settings, ImageBatch batch) {
      var views = ViewGroup.crops(group, settings, MODEL.preprocessing());
      var pixels = new PixelBatch(engine, batch.images());
      try (Tensor view = views.of(engine, pixels, batch.ids(), batch.step(), MODEL.seed())) {
        return LiteralNetwork.rows(view);
      }
    }

    void follow(Method method) {
      try (MethodState state = method.initialize(engine)) {
        start(state);
        for (int step = 0; step < 2; step++) {
          ImageBatch batch = batch(step, IMAGES * step, IMAGES);
          double loss = loss(batch, step);
          for (String name : trained(step)) {
            networks.get(name).sgd(velocities.get(name), RATE, SGD);
          }
          networks.values().forEach(network -> Arrays.fill(network.gradients, 0));
          teachers().forEach((t, s) -> average(networks.get(t), networks.get(s)));
          assertThat(method.step(batch, state).loss()).isCloseTo(loss, within(1e-9));
          networks.forEach((name, network) -> network.same(state, name));
          for (String name : trained(step)) {
            assertThat(state.tensor(name + ".velocity").toDoubles())
                .as(name)
                .containsExactly(velocities.get(name), within(1e-9));
          }
          after(state);
        }
      }
    }

    void start(MethodState state) {
      for (String name : state.networks().keySet()) {
        networks.put(name, LiteralNetwork.of(state, name));
        velocities.put(name, new double[networks.get(name).parameters.length]);
      }
    }
  }

  private static void average(LiteralNetwork teacher, LiteralNetwork student) {
    for (int i = 0; i < teacher.parameters.length; i++) {
      teacher.parameters[i] = TAU * teacher.parameters[i] + (1 - TAU) * student.parameters[i];
    }
  }

  private interface PairLoss {
    double of(double[][] a, double[][] b, double[][] da, double[][] db);
  }

  private void twoViews(Method method, PairLoss loss) {
    new Loops() {
      @Override
      public List<String> trained(int step) {
        return List.of("student", "projector");
      }

      @Override
      public double loss(ImageBatch batch, int step) {
        var one = forward(view("first", VIEW, batch), "student", "projector");
        var two = forward(view("second", VIEW, batch), "student", "projector");
        double[][] d1 = zeros(output(one));
        double[][] d2 = zeros(output(two));
        double value = loss.of(output(one), output(two), d1, d2);
        backward(one, d1, "student", "projector");
        backward(two, d2, "student", "projector");
        return value;
      }
    }.follow(method);
  }

  @Test
  void simClrsUpdatesAreTheirLoops() {
    var settings = new SimClrSettings(VIEW, VIEW, 9, 8, 0.3, SGD, SCHEDULE);
    twoViews(
        new SimClrMethod(MODEL, LiteralNetwork.perceptron(SIDE), settings),
        (a, b, da, db) -> {
          double[][] both = stacked(a, b);
          double[][] d = zeros(both);
          double loss = LiteralLosses.ntXent(0.3, both, d);
          System.arraycopy(d, 0, da, 0, IMAGES);
          System.arraycopy(d, IMAGES, db, 0, IMAGES);
          return loss;
        });
  }

  private static double[][] stacked(double[][] a, double[][] b) {
    double[][] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  @Test
  void barlowTwinsUpdatesAreTheirLoops() {
    var settings = new BarlowTwinsSettings(VIEW, VIEW, 9, 8, 0.02, 0.1, SGD, SCHEDULE);
    twoViews(
        new BarlowTwinsMethod(MODEL, LiteralNetwork.perceptron(SIDE), settings),
        (a, b, da, db) -> LiteralLosses.barlow(0.02, 0.1, a, b, da, db));
  }

  @Test
  void vicRegsUpdatesAreTheirLoops() {
    var settings = new VicRegSettings(VIEW, VIEW, 9, 8, 5, 4, 2, SGD, SCHEDULE);
    twoViews(
        new VicRegMethod(MODEL, LiteralNetwork.perceptron(SIDE), settings),
        (a, b, da, db) -> LiteralLosses.vicReg(5, 4, 2, a, b, da, db));
  }

  @Test
  void simSiamsUpdatesAreTheirLoops() {
    var settings = new SimSiamSettings(VIEW, VIEW, 2, 9, 10, 8, SGD, SCHEDULE);
    String[] way = {"student", "projector", "predictor"};
    new Loops() {
      @Override
      public List<String> trained(int step) {
        return List.of(way);
      }

      @Override
      public double loss(ImageBatch batch, int step) {
        var one = forward(view("first", VIEW, batch), way);
        var two = forward(view("second", VIEW, batch), way);
        double[][] d1 = zeros(output(one));
        double[][] d2 = zeros(output(two));
        double loss = LiteralLosses.cosine(0.5, output(one), last(two.get(1)), d1);
        loss += LiteralLosses.cosine(0.5, output(two), last(one.get(1)), d2);
        backward(one, d1, way);
        backward(two, d2, way);
        return loss;
      }
    }.follow(new SimSiamMethod(MODEL, LiteralNetwork.perceptron(SIDE), settings));
  }

  @Test
  void aHandOversUpdatesAreTheirLoops() {
    var simSiam = new SimSiamSettings(VIEW, VIEW, 2, 9, 10, 8, SGD, SCHEDULE);
    var simClr = new SimClrSettings(VIEW, VIEW, 11, 8, 0.3, SGD, SCHEDULE);
    String[] way = {"student", "projector", "predictor"};
    String[] other = {"student", "mix.projector"};
    NetworkSpec backbone = LiteralNetwork.perceptron(SIDE);
    new Loops() {
      @Override
      public List<String> trained(int step) {
        return step == 0
            ? List.of(other)
            : List.of("student", "projector", "predictor", "mix.projector");
      }

      /** The first update is the other's alone, the second half of each. */
      @Override
      public double loss(ImageBatch batch, int step) {
        double[][] v1 = view("first", VIEW, batch);
        double[][] v2 = view("second", VIEW, batch);
        double loss = step == 0 ? 0 : 0.5 * own(v1, v2);
        var one = forward(v1, other);
        var two = forward(v2, other);
        double[][] both = stacked(output(one), output(two));
        double[][] d = zeros(both);
        double weight = step == 0 ? 1 : 0.5;
        loss += weight * LiteralLosses.ntXent(0.3, both, d);
        for (double[] row : d) {
          Arrays.setAll(row, j -> weight * row[j]);
        }
        backward(one, Arrays.copyOfRange(d, 0, IMAGES), other);
        backward(two, Arrays.copyOfRange(d, IMAGES, 2 * IMAGES), other);
        return loss;
      }

      private double own(double[][] v1, double[][] v2) {
        var one = forward(v1, way);
        var two = forward(v2, way);
        double[][] d1 = zeros(output(one));
        double[][] d2 = zeros(output(two));
        double loss = 2 * LiteralLosses.cosine(0.25, output(one), last(two.get(1)), d1);
        loss += 2 * LiteralLosses.cosine(0.25, output(two), last(one.get(1)), d2);
        backward(one, d1, way);
        backward(two, d2, way);
        return loss;
      }
    }.follow(
        new MixedMethod(
            MODEL.withMix(MixSettings.warmStart("simclr", 0, 2)),
            new SimSiamMethod(MODEL, backbone, simSiam),
            new SimClrMethod(MODEL, backbone, simClr)));
  }

  @Test
  void mocosUpdatesAreTheirLoops() {
    int length = 20;
    var settings = new MocoSettings(VIEW, VIEW, 9, 8, length, 0.3, TAU, SGD, SCHEDULE);
    String[] way = {"student", "projector"};
    String[] taught = {"teacher", "teacherProjector"};
    new Loops() {
      private double[][] queue = new double[0][];
      private int pointer;

      @Override
      public void start(MethodState state) {
        super.start(state);
        queue = LiteralNetwork.rows(state.tensor("queue"));
      }

      @Override
      public List<String> trained(int step) {
        return List.of(way);
      }

      @Override
      public Map<String, String> teachers() {
        return Map.of("teacher", "student", "teacherProjector", "projector");
      }

      @Override
      public double loss(ImageBatch batch, int step) {
        double[][] v1 = view("first", VIEW, batch);
        double[][] v2 = view("second", VIEW, batch);
        var one = forward(v1, way);
        var two = forward(v2, way);
        double[][] k1 = output(forward(v1, taught));
        double[][] k2 = output(forward(v2, taught));
        double[][] d1 = zeros(output(one));
        double[][] d2 = zeros(output(two));
        double loss = LiteralLosses.queue(0.5, 0.3, output(one), k2, queue, d1);
        loss += LiteralLosses.queue(0.5, 0.3, output(two), k1, queue, d2);
        backward(one, d1, way);
        backward(two, d2, way);
        for (double[] key : stacked(k1, k2)) {
          queue[pointer] = LiteralLosses.unit(key);
          pointer = (pointer + 1) % length;
        }
        return loss;
      }

      @Override
      public void after(MethodState state) {
        double[] flat = Arrays.stream(queue).flatMapToDouble(Arrays::stream).toArray();
        assertThat(state.tensor("queue").toDoubles()).containsExactly(flat, within(1e-9));
      }
    }.follow(new MocoMethod(MODEL, LiteralNetwork.perceptron(SIDE), settings));
  }

  @Test
  void dinosUpdatesAreTheirLoops() {
    int k = 11;
    int locals = 2;
    ViewSettings local = VIEW.withViews(locals).withScale(0.08, 0.4);
    var settings =
        new DinoSettings(
            VIEW, VIEW, true, local, 9, 8, k, 0.2, 0.1, 0.2, 2, 1, 0.9, TAU, SGD, SCHEDULE);
    String[] way = {"student", "head", "prototypes"};
    String[] taught = {"teacher", "teacherHead", "teacherPrototypes"};
    new Loops() {
      private final double[] center = new double[k];

      @Override
      public List<String> trained(int step) {
        return step == 0 ? List.of("student", "head") : List.of(way);
      }

      @Override
      public Map<String, String> teachers() {
        return Map.of(
            "teacher", "student", "teacherHead", "head", "teacherPrototypes", "prototypes");
      }

      @Override
      public double loss(ImageBatch batch, int step) {
        double[][][] large = {view("first", VIEW, batch), view("second", VIEW, batch)};
        double[][] t1 = output(forward(large[0], taught));
        double[][] t2 = output(forward(large[1], taught));
        double temperature = step == 0 ? 0.1 : 0.15;
        double[][] q1 = targets(t1, temperature);
        double[][] q2 = targets(t2, temperature);
        double pair = 1.0 / (2 + 2 * locals);
        double loss = 0;
        for (int v = 0; v < 2; v++) {
          var s = forward(large[v], way);
          double[][] d = zeros(output(s));
          loss += LiteralLosses.crossEntropy(pair, 0.2, output(s), v == 0 ? q2 : q1, d);
          backward(s, d, way);
        }
        var s = forward(view("local", local, batch), way);
        double[][] d = zeros(output(s));
        // The mean over all small crops stands for the sum over crops of means over images.
        for (double[][] q : List.of(q1, q2)) {
          double[][] each = new double[IMAGES * locals][];
          Arrays.setAll(each, i -> q[i / locals]);
          loss += LiteralLosses.crossEntropy(locals * pair, 0.2, output(s), each, d);
        }
        backward(s, d, way);
        for (int j = 0; j < k; j++) {
          double mean = 0;
          for (double[] row : stacked(t1, t2)) {
            mean += row[j] / (2 * IMAGES);
          }
          center[j] = 0.9 * center[j] + 0.1 * mean;
        }
        return loss;
      }

      private double[][] targets(double[][] logits, double temperature) {
        double[] centerNow = center.clone();
        return Arrays.stream(logits)
            .map(row -> LiteralLosses.softmax(row, centerNow, temperature))
            .toArray(double[][]::new);
      }

      @Override
      public void after(MethodState state) {
        assertThat(state.tensor("centre").toDoubles()).containsExactly(center, within(1e-9));
      }
    }.follow(new DinoMethod(MODEL, LiteralNetwork.perceptron(SIDE), settings));
  }

  @Test
  void distillationsUpdatesAreTheirLoops() {
    // Without normalization training mode and evaluation mode are one.
    var plain =
        new NetworkSpec(
            "student",
            List.of(3, SIDE, SIDE),
            List.of(
                new Named("flatten", new Layer.Flatten()),
                new Named("fc1", new Layer.Linear(3 * SIDE * SIDE, 9, true)),
                new Named("relu", new Layer.Relu()),
                new Named("fc2", new Layer.Linear(9, 6, true))),
            Set.of());
    String teacher = ReleasedTeacher.release(engine, plain, MODEL.preprocessing(), 5, directory);
    var settings = new DistillationSettings(teacher, VIEW, "cosine", 1, SGD, SCHEDULE);
    String[] way = {"student", "adapter"};
    new Loops() {
      @Override
      public List<String> trained(int step) {
        return List.of(way);
      }

      @Override
      public double loss(ImageBatch batch, int step) {
        double[][] v = view("view", VIEW, batch);
        var s = forward(v, way);
        double[][] d = zeros(output(s));
        double loss = LiteralLosses.cosine(1, output(s), output(forward(v, "released")), d);
        backward(s, d, way);
        return loss;
      }
    }.follow(new DistillationMethod(MODEL, LiteralNetwork.perceptron(SIDE), settings));
  }
}
