package io.millrace.learner.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the contract suites share: an engine in float64 for each test, and comparisons. */
public abstract class EngineContract {
  protected Engine engine;

  /** The engine under test in this precision. */
  protected abstract Engine open(Precision precision);

  @BeforeEach
  void openEngine() {
    engine = open(Precision.FLOAT64);
  }

  @AfterEach
  void closeEngine() {
    engine.close();
  }

  static void assertSame(Tensor actual, HostArray expected) {
    assertClose(actual, expected, 1e-11);
  }

  static void assertClose(Tensor actual, HostArray expected, double tolerance) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertClose(actual.toDoubles(), expected.values(), tolerance);
  }

  static void assertClose(double[] actual, double[] expected, double tolerance) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i])
          .as("element %d", i)
          .isCloseTo(expected[i], Offset.offset(tolerance * Math.max(1, Math.abs(expected[i]))));
    }
  }
}
