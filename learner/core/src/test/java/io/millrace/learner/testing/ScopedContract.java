package io.millrace.learner.testing;

import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A contract in float64, with a scope around each test. */
public abstract class ScopedContract extends EngineContract {
  private Scope scope;

  @BeforeEach
  final void openScope() {
    scope = engine.scope();
  }

  @AfterEach
  final void closeScope() {
    scope.close();
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
