package io.millrace.learner.evaluate;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * k nearest neighbors by cosine similarity. Each of the k most similar images of the bank votes for
 * its class, with weight 1 (majority) or exp(similarity ÷ T) (Wu et al. 2018). A tie goes to the
 * class with the greater summed similarity.
 *
 * @param k neighbors that vote; all of the bank where it is smaller
 * @param temperature T; 0 for the majority vote
 */
public record Knn(int k, double temperature) {
  private static final int QUERIES_AT_ONCE = 256;

  public Knn {
    if (k < 1) {
      throw new IllegalArgumentException("k is " + k + ": expected 1 or more");
    }
    if (!(temperature >= 0)) {
      throw new IllegalArgumentException("temperature is " + temperature + ": expected 0 or more");
    }
  }

  /** The majority vote. */
  public static Knn majority(int k) {
    return new Knn(k, 0);
  }

  /** Share of queries whose class is told right, in percent. */
  public double accuracy(
      Engine engine,
      Features bank,
      List<Integer> bankLabels,
      Features queries,
      List<Integer> queryLabels) {
    int[] told = classify(engine, bank, bankLabels, queries);
    int right = 0;
    for (int i = 0; i < told.length; i++) {
      right += told[i] == queryLabels.get(i) ? 1 : 0;
    }
    return 100.0 * right / told.length;
  }

  /** The class told for each query. */
  public int[] classify(Engine engine, Features bank, List<Integer> bankLabels, Features queries) {
    if (bank.dim() != queries.dim() || bank.rows() != bankLabels.size() || bank.rows() == 0) {
      throw new IllegalArgumentException(
          "a bank of "
              + bank.rows()
              + " features of length "
              + bank.dim()
              + " with "
              + bankLabels.size()
              + " labels, queries of length "
              + queries.dim());
    }
    int classes = bankLabels.stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
    int[] told = new int[queries.rows()];
    float[] q = queries.normalized().values();
    int dim = queries.dim();
    try (var outer = engine.scope()) {
      Tensor columns = engine.tensor(bank.normalized().values(), bank.rows(), dim).permute(1, 0);
      for (int from = 0; from < told.length; from += QUERIES_AT_ONCE) {
        int to = Math.min(told.length, from + QUERIES_AT_ONCE);
        try (var inner = engine.scope()) {
          Tensor rows = engine.tensor(Arrays.copyOfRange(q, from * dim, to * dim), to - from, dim);
          float[] similarity = rows.matmul(columns).toFloats();
          for (int i = from; i < to; i++) {
            int at = (i - from) * bank.rows();
            told[i] =
                vote(Arrays.copyOfRange(similarity, at, at + bank.rows()), bankLabels, classes);
          }
        }
      }
    }
    return told;
  }

  private int vote(float[] similarity, List<Integer> labels, int classes) {
    int n = Math.min(k, similarity.length);
    int[] nearest = new int[n]; // most similar first; among equals the earlier image
    int filled = 0;
    for (int i = 0; i < similarity.length; i++) {
      if (filled == n && similarity[i] <= similarity[nearest[n - 1]]) {
        continue;
      }
      int at = filled < n ? filled++ : n - 1;
      while (at > 0 && similarity[nearest[at - 1]] < similarity[i]) {
        nearest[at] = nearest[at - 1];
        at--;
      }
      nearest[at] = i;
    }
    double[] votes = new double[classes];
    double[] sums = new double[classes];
    for (int i : nearest) {
      votes[labels.get(i)] += temperature > 0 ? Math.exp(similarity[i] / temperature) : 1;
      sums[labels.get(i)] += similarity[i];
    }
    int best = labels.get(nearest[0]);
    for (int c = 0; c < classes; c++) {
      if (votes[c] > votes[best] || (votes[c] == votes[best] && sums[c] > sums[best])) {
        best = c;
      }
    }
    return best;
  }
}
