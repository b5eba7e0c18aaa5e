package io.millrace.learner.monitor;

import io.millrace.learner.evaluate.Features;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;

/**
 * Effective rank: exp(−Σ p log p) with p = σ ÷ Σσ over the singular values σ of the embedding
 * matrix (Garrido et al. 2023, equation 3). Between 1 and the smaller side of the matrix; 1 for a
 * matrix of zeros, which has no direction at all.
 */
final class RankMe {
  private RankMe() {}

  /** Of a feature matrix as it is, neither centered nor normalized. */
  static double of(Features features) {
    var matrix = new DMatrixRMaj(features.rows(), features.dim());
    float[] values = features.values();
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        return Double.NaN;
      }
      matrix.data[i] = values[i];
    }
    var svd = DecompositionFactory_DDRM.svd(features.rows(), features.dim(), false, false, true);
    if (!svd.decompose(matrix)) {
      return Double.NaN;
    }
    double sum = 0;
    for (double sigma : svd.getSingularValues()) {
      sum += sigma;
    }
    double entropy = 0;
    for (double sigma : svd.getSingularValues()) {
      double p = sigma / sum;
      if (p > 0) {
        entropy -= p * Math.log(p);
      }
    }
    return Math.exp(entropy);
  }
}
