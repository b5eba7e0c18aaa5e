package io.millrace.learner.testing;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A suite that an engine module runs on its engine, in float64, with a scope around each test. */
public abstract class EngineTest {
  protected Engine engine;
  private Scope scope;

  /** The engine under test on the CPU. */
  protected abstract Engine open(Precision precision);

  @BeforeEach
  void openEngine() {
    engine = open(Precision.FLOAT64);
    scope = engine.scope();
  }

  @AfterEach
  void closeEngine() {
    scope.close();
    engine.close();
  }

  /** Standard normal numbers. */
  protected static double[] gaussians(long seed, int n) {
    var random = new Random(seed);
    double[] out = new double[n];
    Arrays.setAll(out, i -> random.nextGaussian());
    return out;
  }

  /** A tensor of standard normal numbers. */
  protected Tensor gaussian(long seed, long... shape) {
    long n = 1;
    for (long s : shape) {
      n *= s;
    }
    return engine.tensor(gaussians(seed, (int) n), shape);
  }
}
