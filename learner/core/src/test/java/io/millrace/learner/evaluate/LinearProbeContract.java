package io.millrace.learner.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.testing.ScopedContract;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The linear probe on an engine. */
public abstract class LinearProbeContract extends ScopedContract {
  private static final int DIM = 6;

  /** Images whose class is the sign pattern of two hidden directions, at any scale. */
  private static Features features(int from, int n, List<Integer> labels) {
    float[] values = new float[n * DIM];
    for (int i = 0; i < n; i++) {
      double[] z = gaussians(from + i, DIM);
      double a = z[0] + z[1];
      double b = z[2] - z[3];
      labels.add((a > 0 ? 2 : 0) + (b > 0 ? 1 : 0));
      for (int j = 0; j < DIM; j++) {
        values[i * DIM + j] = (float) (100 + z[j] * (j == 4 ? 1000 : 0.01));
      }
    }
    return new Features(n, DIM, values);
  }

  @Test
  void findsWhatALineCanTellWhateverTheScale() {
    var labels = new ArrayList<Integer>();
    var asked = new ArrayList<Integer>();
    Features bank = features(0, 600, labels);
    Features queries = features(1000, 300, asked);
    var probe = new LinearProbe(engine, LinearProbeSettings.defaults(), 1);
    Accuracy accuracy = probe.accuracy(bank, labels, queries, asked);
    assertThat(accuracy.top1()).isGreaterThan(93);
    assertThat(accuracy.top5()).as("four classes").isNull();
    assertThat(probe.accuracy(bank, labels, queries, asked)).isEqualTo(accuracy);
  }

  @Test
  void passesTakeTheViewsInTurn() {
    var labels = new ArrayList<Integer>();
    var asked = new ArrayList<Integer>();
    Features bank = features(0, 300, labels);
    Features queries = features(1000, 300, asked);
    Features blank = new Features(300, DIM, new float[300 * DIM]);
    var probe = new LinearProbe(engine, new LinearProbeSettings(2, 300, 0.1, 0), 1);
    Accuracy once = probe.accuracy(List.of(bank), labels, queries, asked);
    assertThat(probe.accuracy(List.of(bank, bank), labels, queries, asked)).isEqualTo(once);
    // The second pass sees the second view, from which nothing can be told.
    var one = new LinearProbe(engine, new LinearProbeSettings(1, 300, 0.1, 0), 1);
    assertThat(one.accuracy(List.of(bank, blank), labels, queries, asked))
        .isEqualTo(one.accuracy(List.of(bank), labels, queries, asked));
    assertThat(probe.accuracy(List.of(bank, blank), labels, queries, asked)).isNotEqualTo(once);
  }

  @Test
  void labelsByChanceAreToldByChance() {
    var unused = new ArrayList<Integer>();
    Features bank = features(0, 400, unused);
    Features queries = features(1000, 400, unused);
    var labels = new ArrayList<Integer>();
    for (int i = 0; i < 400; i++) {
      labels.add(i * 7 % 5);
    }
    Accuracy accuracy =
        new LinearProbe(engine, new LinearProbeSettings(10, 64, 0.1, 1e-4), 1)
            .accuracy(bank, labels, queries, labels);
    assertThat(accuracy.top1()).isCloseTo(20, within(9.0));
    assertThat(accuracy.top5()).isEqualTo(100);
  }

  @Test
  void shapesThatDoNotFitAreNamed() {
    var labels = new ArrayList<Integer>();
    Features bank = features(0, 4, labels);
    var probe = new LinearProbe(engine, LinearProbeSettings.defaults(), 1);
    assertThatThrownBy(
            () -> probe.accuracy(bank, labels, new Features(1, 2, new float[2]), List.of(0)))
        .hasMessageContaining("4 features of length 6")
        .hasMessageContaining("1 of length 2");
    assertThatThrownBy(() -> new LinearProbeSettings(0, 1, 1, 0))
        .hasMessage("epochs is 0: expected 1 to 10000");
  }
}
