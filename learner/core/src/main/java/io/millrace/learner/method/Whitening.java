package io.millrace.learner.method;

import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.NetworkSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;

/**
 * PCA whitening of feature vectors: one linear layer.
 *
 * <pre>
 * C = 1/(n−1) Σ (x − μ)(x − μ)ᵀ = U diag(λ) Uᵀ,   λ falling
 * y = W x + b,   W = diag(λ + ε λ̄)^(−1/2) Uᵀ [k, d],   b = −W μ,   λ̄ = tr C ÷ d
 * </pre>
 *
 * The largest entry of each row of W is positive, so that the same features give the same layer.
 *
 * @param in d, length of a feature
 * @param out k, components
 * @param weight W, row after row
 * @param bias b
 */
public record Whitening(int in, int out, double[] weight, double[] bias) {
  /** Name of the layer in a released network. */
  public static final String LAYER = "whitening";

  /**
   * Fits it.
   *
   * @param features [rows, dim], row after row
   * @param dimensions components wanted; 0 for all. There are never more than rows − 1
   * @param epsilon ε
   * @throws IllegalArgumentException with fewer than two rows, or where features are not finite
   */
  public static Whitening fit(float[] features, int rows, int dim, int dimensions, double epsilon) {
    if (rows < 2 || features.length != rows * dim) {
      throw new IllegalArgumentException(
          features.length + " numbers of " + rows + " features of " + dim + ": expected 2 or more");
    }
    double[] mean = mean(features, rows, dim);
    var centered = new DMatrixRMaj(rows, dim);
    for (int i = 0; i < features.length; i++) {
      if (!Float.isFinite(features[i])) {
        throw new IllegalArgumentException("feature " + i / dim + " is not finite: no whitening");
      }
      centered.data[i] = features[i] - mean[i % dim];
    }
    var covariance = new DMatrixRMaj(dim, dim);
    CommonOps_DDRM.multTransA(1.0 / (rows - 1), centered, centered, covariance);
    double trace = CommonOps_DDRM.trace(covariance);
    if (!(trace > 0)) {
      throw new IllegalArgumentException("all " + rows + " features are equal: no whitening");
    }
    var eigen = DecompositionFactory_DDRM.eig(dim, true, true);
    if (!eigen.decompose(covariance)) {
      throw new IllegalArgumentException("the features' covariance has no eigenvectors in sight");
    }
    int[] order =
        IntStream.range(0, dim)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -eigen.getEigenvalue(i).real))
            .mapToInt(Integer::intValue)
            .toArray();
    int out = Math.min(dimensions == 0 ? dim : Math.min(dimensions, dim), rows - 1);
    double[] weight = new double[out * dim];
    double[] bias = new double[out];
    for (int k = 0; k < out; k++) {
      double variance = Math.max(0, eigen.getEigenvalue(order[k]).real) + epsilon * trace / dim;
      DMatrixRMaj direction = eigen.getEigenVector(order[k]);
      double scale = sign(direction) / Math.sqrt(variance);
      for (int j = 0; j < dim; j++) {
        weight[k * dim + j] = scale * direction.get(j);
        bias[k] -= weight[k * dim + j] * mean[j];
      }
    }
    return new Whitening(dim, out, weight, bias);
  }

  private static double[] mean(float[] features, int rows, int dim) {
    double[] mean = new double[dim];
    for (int i = 0; i < features.length; i++) {
      mean[i % dim] += features[i];
    }
    for (int j = 0; j < dim; j++) {
      mean[j] /= rows;
    }
    return mean;
  }

  private static double sign(DMatrixRMaj direction) {
    double largest = 0;
    for (int j = 0; j < direction.getNumElements(); j++) {
      if (Math.abs(direction.get(j)) > Math.abs(largest) * (1 + 1e-9)) {
        largest = direction.get(j);
      }
    }
    return largest < 0 ? -1 : 1;
  }

  /** Whitened features [rows, k] of features [rows, d], row after row. */
  public float[] apply(float[] features) {
    int rows = features.length / in;
    float[] whitened = new float[rows * out];
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < out; k++) {
        double sum = bias[k];
        for (int j = 0; j < in; j++) {
          sum += weight[k * in + j] * features[i * in + j];
        }
        whitened[i * out + k] = (float) sum;
      }
    }
    return whitened;
  }

  /** A network with this as its last layer, under a name. */
  NetworkSpec after(NetworkSpec spec, String name) {
    List<Layer.Named> children = new ArrayList<>(spec.children());
    children.add(new Layer.Named(LAYER, new Layer.Linear(in, out, true)));
    return new NetworkSpec(name, spec.input(), children, spec.taps());
  }

  /** The network without a whitening at its end; the network itself where it has none. */
  public static NetworkSpec without(NetworkSpec spec) {
    List<Layer.Named> children = spec.children();
    int last = children.size() - 1;
    return last >= 0 && children.get(last).name().equals(LAYER)
        ? new NetworkSpec(spec.name(), spec.input(), children.subList(0, last), spec.taps())
        : spec;
  }
}
