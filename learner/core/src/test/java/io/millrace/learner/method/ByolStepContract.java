package io.millrace.learner.method;

import static io.millrace.learner.method.LiteralNetwork.last;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.joint.ByolMethod;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two whole updates of BYOL against the same written out in loops over elements. */
public abstract class ByolStepContract extends TinyMethodContract {
  private static final int SIDE = 8;
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
        view, view, 8, 9, 10, TAU, d.optimizer(), ScheduleSettings.constant(RATE, 0));
  }

  @Test
  void twoUpdatesAreTheirLoops() {
    Method method = new ByolMethod(model, LiteralNetwork.perceptron(SIDE), settings);
    try (MethodState state = method.initialize(engine)) {
      var student = LiteralNetwork.of(state, "student");
      var projector = LiteralNetwork.of(state, "projector");
      var predictor = LiteralNetwork.of(state, "predictor");
      var teacher = LiteralNetwork.of(state, "teacher");
      var teacherProjector = LiteralNetwork.of(state, "teacherProjector");
      var networks = List.of(student, projector, predictor);
      var velocities =
          networks.stream().map(network -> new double[network.parameters.length]).toList();
      for (int step = 0; step < 2; step++) {
        ImageBatch batch = batch(step, IMAGES * step, IMAGES);
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
          networks.get(n).sgd(velocities.get(n), RATE, settings.optimizer());
        }
        average(teacher, student);
        average(teacherProjector, projector);

        StepReport report = method.step(batch, state);
        assertThat(report.loss()).isCloseTo(loss, within(1e-9));
        for (int n = 0; n < 3; n++) {
          networks.get(n).same(state, TRAINED.get(n));
          assertThat(state.tensor(TRAINED.get(n) + ".velocity").toDoubles())
              .containsExactly(velocities.get(n), within(1e-9));
        }
        teacher.same(state, "teacher");
        teacherProjector.same(state, "teacherProjector");
      }
    }
  }

  private double[][] view(String group, ImageBatch batch) {
    var views = ViewGroup.crops(group, settings.firstView(), model.preprocessing());
    var pixels = new PixelBatch(engine, batch.images());
    try (Tensor view = views.of(engine, pixels, batch.ids(), batch.step(), model.seed())) {
      return LiteralNetwork.rows(view);
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

  private static void average(LiteralNetwork teacher, LiteralNetwork student) {
    for (int i = 0; i < teacher.parameters.length; i++) {
      teacher.parameters[i] = TAU * teacher.parameters[i] + (1 - TAU) * student.parameters[i];
    }
  }
}
