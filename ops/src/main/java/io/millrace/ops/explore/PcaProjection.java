package io.millrace.ops.explore;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * Principal component analysis. With centered rows X [n, d] and the eigenvectors u of X·Xᵀ for its
 * largest eigenvalues λ, the directions of largest variance are Xᵀ·u ÷ √λ.
 */
final class PcaProjection {
  private static final int FITTED = 512;

  /** Below this share of the largest eigenvalue a direction is rounding. */
  private static final double NOTHING = 1e-10;

  private final double[] mean;
  private final double[][] directions;

  private PcaProjection(double[] mean, double[][] directions) {
    this.mean = mean;
    this.directions = directions;
  }

  /**
   * Finds the directions, from the first 512 rows at most.
   *
   * @param rows vectors of one length, one or more
   * @param components directions wanted; those without variance give zeros
   */
  static PcaProjection of(List<float[]> rows, int components) {
    List<float[]> some = rows.subList(0, Math.min(FITTED, rows.size()));
    int n = some.size();
    int d = some.get(0).length;
    double[] mean = new double[d];
    for (float[] row : some) {
      for (int j = 0; j < d; j++) {
        mean[j] += row[j] / n;
      }
    }
    var x = new DMatrixRMaj(n, d);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < d; j++) {
        x.set(i, j, some.get(i)[j] - mean[j]);
      }
    }
    var gram = new DMatrixRMaj(n, n);
    CommonOps_DDRM.multTransB(x, x, gram);
    EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(n, true, true);
    double[][] directions = new double[components][d];
    if (!eigen.decompose(gram)) {
      throw new ArithmeticException("no eigenvalues of " + n + " embeddings of " + d);
    }
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -eigen.getEigenvalue(i).real))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int k = 0; k < Math.min(components, n); k++) {
      double lambda = eigen.getEigenvalue(order[k]).real;
      if (lambda > NOTHING * eigen.getEigenvalue(order[0]).real) {
        double root = Math.sqrt(lambda);
        DMatrixRMaj u = Objects.requireNonNull(eigen.getEigenVector(order[k]));
        for (int i = 0; i < n; i++) {
          for (int j = 0; j < d; j++) {
            directions[k][j] += x.get(i, j) * u.get(i) / root;
          }
        }
      }
    }
    return new PcaProjection(mean, directions);
  }

  /**
   * The same with the signs of a map before: directions have none of their own, and a map should
   * not turn over.
   *
   * @param before [x, y] by image id
   */
  PcaProjection turned(EmbeddingSample.Cut sample, Map<String, float[]> before) {
    double[] same = new double[directions.length];
    for (int i = 0; i < sample.images().size(); i++) {
      float[] then = before.get(sample.images().get(i).id());
      float[] now = coordinates(sample.vectors().get(i));
      for (int k = 0; then != null && k < Math.min(then.length, now.length); k++) {
        same[k] += now[k] * then[k];
      }
    }
    double[][] turned = new double[directions.length][];
    for (int k = 0; k < turned.length; k++) {
      double sign = same[k] < 0 ? -1 : 1;
      turned[k] = DoubleStream.of(directions[k]).map(x -> sign * x).toArray();
    }
    return new PcaProjection(mean, turned);
  }

  /**
   * A row's coordinates.
   *
   * @return [components]; signs are arbitrary
   */
  float[] coordinates(float[] row) {
    float[] out = new float[directions.length];
    for (int k = 0; k < out.length; k++) {
      double sum = 0;
      for (int j = 0; j < row.length; j++) {
        sum += (row[j] - mean[j]) * directions[k][j];
      }
      out[k] = (float) sum;
    }
    return out;
  }
}
