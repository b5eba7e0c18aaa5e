package io.millrace.learner.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.tensor.VisionTransformers;
import io.millrace.learner.testing.ScopedContract;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** λ of each element: everywhere, or not on biases. */
  private static double[] decays(double lambda, boolean all) {
    double[] out = new double[N];
    for (Segment segment : LAYOUT.parameters()) {
      boolean spared = segment.shape().size() == 1; // biases and norms
      int from = (int) segment.offset();
      Arrays.fill(out, from, (int) (from + segment.size()), spared && !all ? 0 : lambda);
    }
    return out;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sgdIsItsLoop(boolean all) {
    same(
        new Sgd(0.9, false, 0.01, all),
        (p, g, memory, t) -> sgd(p, g, memory[0], 0.9, false, decays(0.01, all)));
  }

  @Test
  void sgdWithoutMomentumAndDecayIsItsLoop() {
    same(
        new Sgd(0, false, 0, false),
        (p, g, memory, t) -> sgd(p, g, memory[0], 0, false, decays(0, true)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nesterovIsItsLoop(boolean all) {
    same(
        new Sgd(0.9, true, 0.01, all),
        (p, g, memory, t) -> sgd(p, g, memory[0], 0.9, true, decays(0.01, all)));
  }

  private static void sgd(
      double[] p, double[] g, double[] v, double momentum, boolean nesterov, double[] decay) {
    for (int i = 0; i < N; i++) {
      double d = g[i] + decay[i] * p[i];
      v[i] = momentum * v[i] + d;
      p[i] -= RATE * (nesterov ? d + momentum * v[i] : v[i]);
    }
  }

  /** η large enough that some factors are cut and some are not. */
  @ParameterizedTest
  @CsvSource({"0.02, false", "0.02, true", "0.1, true"})
  void larsIsItsLoop(double trust, boolean clipRate) {
    same(
        new Lars(0.9, 0.01, trust, clipRate, false),
        (p, g, memory, t) -> lars(p, g, memory[0], trust, clipRate));
  }

  private static void lars(double[] p, double[] g, double[] v, double trust, boolean clipRate) {
    for (Segment segment : LAYOUT.parameters()) {
      int from = (int) segment.offset();
      int to = (int) (from + segment.size());
      double pp = 0;
      double gg = 0;
      for (int i = from; i < to; i++) {
        pp += p[i] * p[i];
        gg += g[i] * g[i];
      }
      boolean adapt = segment.shape().size() > 1 && pp > 0 && gg > 0;
      double decay = adapt ? 0.01 : 0;
      double factor =
          adapt ? trust * Math.sqrt(pp) / (Math.sqrt(gg) + 0.01 * Math.sqrt(pp) + 1e-8) : 1;
      if (adapt && clipRate) {
        factor = Math.min(factor / RATE, 1); // solo-learn's clip_lr
      }
      for (int i = from; i < to; i++) {
        v[i] = 0.9 * v[i] + (g[i] + decay * p[i]) * factor;
        p[i] -= RATE * v[i];
      }
    }
  }

  @Test
  void larsLeavesATensorOfZerosToItsGradient() {
    Tensor p = engine.zeros(N);
    Tensor g = gaussian(3, N);
    new Lars(0.9, 0.01, 0.02, true, false).update(p, g, List.of(engine.zeros(N)), LAYOUT, RATE, 0);
    assertThat(p.toDoubles()).containsExactly(g.mul(-RATE).toDoubles(), within(1e-15));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void adamwIsItsLoop(boolean all) {
    double[] decay = decays(0.01, all);
    same(
        new AdamW(0.9, 0.99, 1e-8, 0.01, all),
        (p, g, memory, t) -> {
          for (int i = 0; i < N; i++) {
            p[i] *= 1 - RATE * decay[i];
            memory[0][i] = 0.9 * memory[0][i] + 0.1 * g[i];
            memory[1][i] = 0.99 * memory[1][i] + 0.01 * g[i] * g[i];
            double m = memory[0][i] / (1 - Math.pow(0.9, t + 1));
            double s = memory[1][i] / (1 - Math.pow(0.99, t + 1));
            p[i] -= RATE * m / (Math.sqrt(s) + 1e-8);
          }
        });
  }

  /** timm's groups: class token and positions lie with biases and norms. */
  @Test
  void aTransformersTokensDoNotDecay() {
    SegmentLayout layout =
        SegmentLayout.of(VisionTransformers.spec("vit", "vit-tiny", 0.125, 1, 4, 8));
    int n = (int) layout.parameterCount();
    Tensor p = engine.zeros(n).add(1);
    new AdamW(0.9, 0.99, 1e-8, 0.5, false)
        .update(p, engine.zeros(n), List.of(engine.zeros(n), engine.zeros(n)), layout, RATE, 0);
    double[] after = p.toDoubles();
    for (Segment segment : layout.parameters()) {
      boolean decays = segment.name().endsWith("weight") && !segment.name().contains("norm");
      double[] part =
          Arrays.copyOfRange(
              after, (int) segment.offset(), (int) (segment.offset() + segment.size()));
      assertThat(part).as(segment.name()).containsOnly(decays ? 1 - RATE * 0.5 : 1);
    }
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
