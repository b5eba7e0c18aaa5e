package io.millrace.learner.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the contract suites share: an engine for each test, and comparisons. */
public abstract class EngineContract {
  protected Engine engine;

  /** The engine under test in this precision. */
  protected abstract Engine open(Precision precision);

  /** What the suite runs in. */
  protected Precision precision() {
    return Precision.FLOAT64;
  }

  @BeforeEach
  void openEngine() {
    engine = open(precision());
  }

  @AfterEach
  void closeEngine() {
    engine.close();
  }

  void assertSame(Tensor actual, HostArray expected) {
    assertClose(actual, expected, precision() == Precision.FLOAT64 ? 1e-11 : 1e-5);
  }

  static void assertClose(Tensor actual, HostArray expected, double tolerance) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertClose(actual.toDoubles(), expected.values(), tolerance);
  }

  static void assertClose(double[] actual, double[] expected, double tolerance) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      double scale = Double.isFinite(expected[i]) ? Math.max(1, Math.abs(expected[i])) : 0;
      assertThat(actual[i])
          .as("element %d", i)
          .isCloseTo(expected[i], Offset.offset(tolerance * scale));
    }
  }
}
