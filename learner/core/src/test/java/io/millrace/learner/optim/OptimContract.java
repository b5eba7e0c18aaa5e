package io.millrace.learner.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.testing.ScopedContract;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every optimizer against a literal one that loops over the elements. */
public abstract class OptimContract extends ScopedContract {
  private static final SegmentLayout LAYOUT = SegmentLayout.of(Heads.mlp("head", 3, 4, 2));
  private static final int N = (int) LAYOUT.parameterCount();
  private static final int STEPS = 5;
  private static final double RATE = 0.1;

  /** One literal update of parameters p with gradients g; memory holds two vectors. */
  private interface Literal {
    void update(double[] p, double[] g, double[][] memory, int t);
  }

  @Test
  void sgdIsItsLoop() {
    same(new Sgd(0.9, false, 0.01), (p, g, memory, t) -> sgd(p, g, memory[0], 0.9, false, 0.01));
  }

  @Test
  void sgdWithoutMomentumAndDecayIsItsLoop() {
    same(new Sgd(0, false, 0), (p, g, memory, t) -> sgd(p, g, memory[0], 0, false, 0));
  }

  @Test
  void nesterovIsItsLoop() {
    same(new Sgd(0.9, true, 0.01), (p, g, memory, t) -> sgd(p, g, memory[0], 0.9, true, 0.01));
  }

  private static void sgd(
      double[] p, double[] g, double[] v, double momentum, boolean nesterov, double decay) {
    for (int i = 0; i < N; i++) {
      double d = g[i] + decay * p[i];
      v[i] = momentum * v[i] + d;
      p[i] -= RATE * (nesterov ? d + momentum * v[i] : v[i]);
    }
  }

  @Test
  void larsIsItsLoop() {
    same(new Lars(0.9, 0.01, 0.02), (p, g, memory, t) -> lars(p, g, memory[0]));
  }

  private static void lars(double[] p, double[] g, double[] v) {
    for (Segment segment : LAYOUT.parameters()) {
      int from = (int) segment.offset();
      int to = (int) (from + segment.size());
      double pp = 0;
      double gg = 0;
      for (int i = from; i < to; i++) {
        pp += p[i] * p[i];
        gg += g[i] * g[i];
      }
      boolean adapt = !segment.name().endsWith("bias") && segment.shape().size() > 1;
      double decay = adapt && pp > 0 && gg > 0 ? 0.01 : 0;
      double trust =
          decay > 0 ? 0.02 * Math.sqrt(pp) / (Math.sqrt(gg) + 0.01 * Math.sqrt(pp) + 1e-8) : 1;
      for (int i = from; i < to; i++) {
        v[i] = 0.9 * v[i] + (g[i] + decay * p[i]) * trust;
        p[i] -= RATE * v[i];
      }
    }
  }

  @Test
  void larsLeavesATensorOfZerosToItsGradient() {
    Tensor p = engine.zeros(N);
    Tensor g = gaussian(3, N);
    new Lars(0.9, 0.01, 0.02).update(p, g, List.of(engine.zeros(N)), LAYOUT, RATE, 0);
    assertThat(p.toDoubles()).containsExactly(g.mul(-RATE).toDoubles(), within(1e-15));
  }

  @Test
  void adamwIsItsLoop() {
    same(
        new AdamW(0.9, 0.99, 1e-8, 0.01),
        (p, g, memory, t) -> {
          for (int i = 0; i < N; i++) {
            p[i] *= 1 - RATE * 0.01;
            memory[0][i] = 0.9 * memory[0][i] + 0.1 * g[i];
            memory[1][i] = 0.99 * memory[1][i] + 0.01 * g[i] * g[i];
            double m = memory[0][i] / (1 - Math.pow(0.9, t + 1));
            double s = memory[1][i] / (1 - Math.pow(0.99, t + 1));
            p[i] -= RATE * m / (Math.sqrt(s) + 1e-8);
          }
        });
  }

  @Test
  void emaKeepsItsShareOfTheTeacher() {
    Tensor teacher = engine.tensor(new double[] {1, 2, 3}, 3);
    Tensor student = engine.tensor(new double[] {3, 2, -1}, 3);
    Ema.update(teacher, student, 0.75);
    assertThat(teacher.toDoubles()).containsExactly(1.5, 2, 2);
    assertThat(student.toDoubles()).containsExactly(3, 2, -1);
    Ema.update(teacher, student, 0);
    assertThat(teacher.toDoubles()).containsExactly(3, 2, -1);
  }

  private void same(Optimizer optimizer, Literal literal) {
    double[] p = gaussians(1, N);
    var memory = new double[2][N];
    Tensor parameters = engine.tensor(p, N);
    var remembered = new ArrayList<Tensor>();
    optimizer.memory().forEach(name -> remembered.add(engine.zeros(N)));
    for (int t = 0; t < STEPS; t++) {
      double[] g = gaussians(10 + t, N);
      Tensor gradients = engine.tensor(g, N);
      optimizer.update(parameters, gradients, remembered, LAYOUT, RATE, t);
      literal.update(p, g, memory, t);
      assertThat(gradients.toDoubles()).as("gradients are left alone").isEqualTo(g);
    }
    assertThat(parameters.toDoubles()).containsExactly(p, within(1e-13));
    for (int i = 0; i < remembered.size(); i++) {
      assertThat(remembered.get(i).toDoubles()).containsExactly(memory[i], within(1e-13));
    }
  }
}
