package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.testing.EngineTest;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Two whole updates of BYOL against the same written out in loops over elements. */
public abstract class ByolStepConformance extends EngineTest {
  private static final int SIDE = 8;
  private static final int PIXELS = 3 * SIDE * SIDE;
  private static final int IMAGES = 6;
  private static final double RATE = 0.05;
  private static final double TAU = 0.9;
  private static final List<String> TRAINED = List.of("student", "projector", "predictor");

  private final ModelSettings model =
      new ModelSettings(3, BackboneSettings.defaults(), Preprocessing.defaults().withSize(SIDE));
  private final ByolSettings settings = settings();

  private static ByolSettings settings() {
    ByolSettings d = ByolSettings.defaults();
    ViewSettings view = d.firstView().withSize(SIDE);
    return new ByolSettings(
        view, view, 8, 9, 10, TAU, d.optimiser(), ScheduleSettings.constant(RATE, 0));
  }

  private static NetworkSpec perceptron() {
    return new NetworkSpec(
        "student",
        List.of(3, SIDE, SIDE),
        List.of(
            new Named("flatten", new Layer.Flatten()),
            new Named("fc1", new Layer.Linear(PIXELS, 7, true)),
            new Named("bn1", Layer.BatchNorm.of(7)),
            new Named("relu", new Layer.Relu()),
            new Named("fc2", new Layer.Linear(7, 5, true))),
        Set.of());
  }

  @Test
  void twoUpdatesAreTheirLoops() {
    Method method = new ByolMethod(model, perceptron(), settings);
    try (MethodState state = method.initialise(engine)) {
      var student = literal(state, "student");
      var projector = literal(state, "projector");
      var predictor = literal(state, "predictor");
      var teacher = literal(state, "teacher");
      var teacherProjector = literal(state, "teacherProjector");
      var networks = List.of(student, projector, predictor);
      var velocities =
          networks.stream().map(network -> new double[network.parameters.length]).toList();
      for (int step = 0; step < 2; step++) {
        ImageBatch batch = MethodConformance.batch(step, IMAGES * step, IMAGES);
        double[][][] views = {view("first", batch), view("second", batch)};
        double[][][] targets = new double[2][][];
        for (int v = 0; v < 2; v++) {
          targets[v] = last(teacherProjector.forward(last(teacher.forward(views[v]))));
        }
        double loss = 0;
        for (int v = 0; v < 2; v++) {
          var f = student.forward(views[v]);
          var z = projector.forward(last(f));
          var q = predictor.forward(last(z));
          double[][] dq = new double[IMAGES][];
          loss += byol(last(q), targets[1 - v], dq);
          student.backward(f, projector.backward(z, predictor.backward(q, dq)));
        }
        for (int n = 0; n < 3; n++) {
          sgd(networks.get(n), velocities.get(n));
        }
        average(teacher, student);
        average(teacherProjector, projector);

        StepReport report = method.step(batch, state);
        assertThat(report.loss()).isCloseTo(loss, within(1e-9));
        for (int n = 0; n < 3; n++) {
          same(networks.get(n), state, TRAINED.get(n));
          assertThat(state.tensor(TRAINED.get(n) + ".velocity").toDoubles())
              .containsExactly(velocities.get(n), within(1e-9));
        }
        same(teacher, state, "teacher");
        same(teacherProjector, state, "teacherProjector");
      }
    }
  }

  private static LiteralNetwork literal(MethodState state, String name) {
    Network network = state.network(name);
    return new LiteralNetwork(
        network.spec(), network.parameters().toDoubles(), network.statistics().toDoubles());
  }

  private static void same(LiteralNetwork literal, MethodState state, String name) {
    Network network = state.network(name);
    assertThat(network.parameters().toDoubles())
        .as(name)
        .containsExactly(literal.parameters, within(1e-9));
    assertThat(network.statistics().toDoubles())
        .as(name)
        .containsExactly(literal.statistics, within(1e-9));
  }

  private double[][] view(String group, ImageBatch batch) {
    var views = ViewGroup.crops(group, settings.firstView(), model.preprocessing());
    var pixels = new PixelBatch(engine, batch.images());
    try (Tensor view = views.of(engine, pixels, batch.ids(), batch.step(), model.seed())) {
      double[] flat = view.toDoubles();
      double[][] rows = new double[IMAGES][PIXELS];
      for (int i = 0; i < IMAGES; i++) {
        System.arraycopy(flat, i * PIXELS, rows[i], 0, PIXELS);
      }
      return rows;
    }
  }

  /** 2 − 2 mean cos(q, z), its derivative written to {@code dq}. */
  private static double byol(double[][] q, double[][] z, double[][] dq) {
    double loss = 2;
    for (int i = 0; i < q.length; i++) {
      double qq = 0;
      double zz = 0;
      double qz = 0;
      for (int f = 0; f < q[i].length; f++) {
        qq += q[i][f] * q[i][f];
        zz += z[i][f] * z[i][f];
        qz += q[i][f] * z[i][f];
      }
      loss -= 2 * qz / Math.sqrt(qq * zz) / q.length;
      dq[i] = new double[q[i].length];
      for (int f = 0; f < q[i].length; f++) {
        dq[i][f] = -2.0 / q.length * (z[i][f] - qz / qq * q[i][f]) / Math.sqrt(qq * zz);
      }
    }
    return loss;
  }

  private void sgd(LiteralNetwork network, double[] velocity) {
    double decay = settings.optimiser().weightDecay();
    double momentum = settings.optimiser().momentum();
    for (int i = 0; i < velocity.length; i++) {
      velocity[i] = momentum * velocity[i] + network.gradients[i] + decay * network.parameters[i];
      network.parameters[i] -= RATE * velocity[i];
      network.gradients[i] = 0;
    }
  }

  private static void average(LiteralNetwork teacher, LiteralNetwork student) {
    for (int i = 0; i < teacher.parameters.length; i++) {
      teacher.parameters[i] = TAU * teacher.parameters[i] + (1 - TAU) * student.parameters[i];
    }
  }

  private static double[][] last(List<double[][]> seen) {
    return seen.get(seen.size() - 1);
  }
}
