package io.millrace.ops.explore;

import java.util.List;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * Principal component analysis in two dimensions. With centered rows X [n, d] and the eigenvectors
 * u of X·Xᵀ for its two largest eigenvalues λ, the coordinates are √λ·u: the projections of the
 * rows on the two directions of largest variance.
 */
final class PcaProjection {
  private PcaProjection() {}

  /**
   * Coordinates of each row; zeros for fewer than three rows.
   *
   * @param rows vectors of one length
   * @return [n, 2]; signs are arbitrary
   */
  static double[][] project(List<float[]> rows) {
    int n = rows.size();
    double[][] out = new double[n][2];
    if (n < 3) {
      return out;
    }
    int d = rows.get(0).length;
    var x = new DMatrixRMaj(n, d);
    for (int j = 0; j < d; j++) {
      double mean = 0;
      for (float[] row : rows) {
        mean += row[j];
      }
      mean /= n;
      for (int i = 0; i < n; i++) {
        x.set(i, j, rows.get(i)[j] - mean);
      }
    }
    var gram = new DMatrixRMaj(n, n);
    CommonOps_DDRM.multTransB(x, x, gram);
    EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(n, true, true);
    if (!eigen.decompose(gram)) {
      return out;
    }
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(
                (a, b) -> Double.compare(eigen.getEigenvalue(b).real, eigen.getEigenvalue(a).real))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int axis = 0; axis < 2; axis++) {
      double scale = Math.sqrt(Math.max(0, eigen.getEigenvalue(order[axis]).real));
      DMatrixRMaj direction = eigen.getEigenVector(order[axis]);
      for (int i = 0; i < n; i++) {
        out[i][axis] = direction == null ? 0 : scale * direction.get(i);
      }
    }
    return out;
  }
}
