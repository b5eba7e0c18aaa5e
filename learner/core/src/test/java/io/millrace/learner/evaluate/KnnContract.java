package io.millrace.learner.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.testing.ScopedContract;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Nearest neighbors on an engine, against a literal computation. */
public abstract class KnnContract extends ScopedContract {
  private static Features features(double[] values, int dim) {
    float[] out = new float[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) values[i];
    }
    return new Features(values.length / dim, dim, out);
  }

  private static List<Integer> labels(int n, int classes) {
    var out = new ArrayList<Integer>();
    for (int i = 0; i < n; i++) {
      out.add(i * 7 % classes);
    }
    return out;
  }

  @Test
  void theMajorityOfTheNearestByAngleIsTold() {
    Features bank = features(new double[] {1, 0, 5, 1, 0, 1, 0, 9, 1, 7}, 2);
    List<Integer> labels = List.of(0, 0, 1, 1, 1);
    Features queries = features(new double[] {3, 0.1, 0.2, 4}, 2);
    assertThat(Knn.majority(3).classify(engine, bank, labels, queries)).containsExactly(0, 1);
    assertThat(Knn.majority(3).accuracy(engine, bank, labels, queries, List.of(0, 0)))
        .isEqualTo(50.0);
  }

  @Test
  void rawPixelsOfALargeInputAreFew() {
    var image = new PixelImage(300, 224, new byte[300 * 224 * 3]);
    var view = new EvalView(Preprocessing.defaults().withSize(224));
    assertThat(new FeatureExtractor(engine, view).pixels(List.of(image, image)).dim())
        .as("three channels of 32 × 32")
        .isEqualTo(3 * 32 * 32);
  }

  @Test
  void aTieGoesToTheNearerClass() {
    Features bank = features(new double[] {1, 0, 0, 1}, 2);
    Features queries = features(new double[] {2, 1, 1, 2}, 2);
    assertThat(Knn.majority(2).classify(engine, bank, List.of(0, 1), queries))
        .containsExactly(0, 1);
  }

  @Test
  void aSharpTemperatureListensToTheNearestAlone() {
    Features bank = features(new double[] {1, 0, 1, 0.4, 1, 0.5}, 2);
    List<Integer> labels = List.of(0, 1, 1);
    Features queries = features(new double[] {1, 0.01}, 2);
    assertThat(Knn.majority(3).classify(engine, bank, labels, queries)).containsExactly(1);
    assertThat(new Knn(3, 0.01).classify(engine, bank, labels, queries)).containsExactly(0);
  }

  @Test
  void manyQueriesAgreeWithTheLiteralScan() {
    int dim = 16;
    Features bank = features(gaussians(1, 300 * dim), dim);
    Features queries = features(gaussians(2, 600 * dim), dim);
    List<Integer> labels = labels(300, 5);
    int[] told = Knn.majority(7).classify(engine, bank, labels, queries);
    for (int q = 0; q < queries.rows(); q++) {
      assertThat(told[q]).as("query %d", q).isEqualTo(literal(bank, labels, queries, q, 7));
    }
  }

  private static int literal(Features bank, List<Integer> labels, Features queries, int q, int k) {
    float[] b = bank.normalized().values();
    float[] x = queries.normalized().values();
    double[] similarity = new double[bank.rows()];
    for (int i = 0; i < bank.rows(); i++) {
      for (int j = 0; j < bank.dim(); j++) {
        similarity[i] += (double) b[i * bank.dim() + j] * x[q * bank.dim() + j];
      }
    }
    Integer[] order = new Integer[bank.rows()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (i, j) -> Double.compare(similarity[j], similarity[i]));
    double[] score = new double[5];
    for (int i = 0; i < k; i++) {
      score[labels.get(order[i])] += 1000 + similarity[order[i]];
    }
    int best = 0;
    for (int c = 1; c < 5; c++) {
      best = score[c] > score[best] ? c : best;
    }
    return best;
  }

  @Test
  void shapesThatDoNotFitAreNamed() {
    Features bank = features(new double[4], 2);
    assertThatThrownBy(
            () -> Knn.majority(1).classify(engine, bank, List.of(0), features(new double[3], 3)))
        .hasMessageContaining("a bank of 2 features of length 2 with 1 labels")
        .hasMessageContaining("length 3");
  }
}
