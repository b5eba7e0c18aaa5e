package io.millrace.learner.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.testing.EngineContract;
import org.assertj.core.data.Offset;

/** What the contracts of the engine port share: the engine's own threads, and comparisons. */
public abstract class PortContract extends EngineContract {
  @Override
  protected Engine open(Precision precision) {
    return underTest().openThreaded(precision);
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
