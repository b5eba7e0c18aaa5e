package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The total coding rate that embeddings lack (Yu et al. 2020, equation 2; Tong et al. 2023,
 * EMP-SSL): it keeps the images of a batch from collapsing.
 *
 * <pre>
 * Ẑ_p = the p-th patch of every image [B, D], rows of unit length;   c = D / (B ε)
 * R_p = ½ log det (I + c Ẑ_p Ẑ_pᵀ),   R* = m/2 · log(1 + c B / m) its largest value, m = min(B, D)
 * L = R* − mean_p R_p,   L ≥ 0
 * ∂L/∂Ẑ_p = −c/P · (I + c Ẑ_p Ẑ_pᵀ)⁻¹ Ẑ_p
 * </pre>
 *
 * The authors minimize −R; the constant R* is ours. Input: {@code embeddings} [B · P, D], the
 * patches of one image adjacent. Metric: {@code codingRate}, the mean R_p as a share of R*.
 */
public final class CodingRateObjective implements Objective {
  /** Embeddings of all patches. */
  public static final String EMBEDDINGS = "embeddings";

  private final int patches;
  private final double epsilon;

  /**
   * @param patches P, of each image
   * @param epsilon ε, squared precision of the code, over 0
   */
  public CodingRateObjective(int patches, double epsilon) {
    this.patches = patches;
    this.epsilon = epsilon;
  }

  @Override
  public Set<String> inputs() {
    return Set.of(EMBEDDINGS);
  }

  @Override
  public Set<String> differentiable() {
    return inputs();
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    Tensor embeddings = new Inputs("coding rate", inputs).matrix(EMBEDDINGS);
    long images = embeddings.size(0) / patches;
    if (images * patches != embeddings.size(0)) {
      throw new IllegalArgumentException(
          "coding rate: '"
              + EMBEDDINGS
              + "' has "
              + embeddings.size(0)
              + " rows: expected a multiple of "
              + patches);
    }
    long dim = embeddings.size(1);
    double c = dim / (images * epsilon);
    UnitRows rows = UnitRows.of(embeddings);
    Tensor z = rows.unit().reshape(images, patches, dim).permute(1, 0, 2).copy();
    Tensor zt = z.permute(0, 2, 1).copy();
    boolean wide = dim >= images; // det (I + c Z Zᵀ) = det (I + c Zᵀ Z): the smaller is quicker
    Inverse inverse = Inverse.of((wide ? z.matmul(zt) : zt.matmul(z)).mul(c));
    Tensor rate = inverse.logDeterminant().mean(false).mul(0.5);
    double rank = Math.min(images, dim);
    double most = rank / 2 * Math.log1p(c * images / rank);
    Tensor atUnit =
        (wide ? inverse.matrix().matmul(z) : z.matmul(inverse.matrix())).mul(-c / patches);
    Tensor gradient = rows.back(atUnit.permute(1, 0, 2).copy().reshape(images * patches, dim));
    return new LossAndGradients(
        rate.mul(-1).add(most),
        Map.of(EMBEDDINGS, gradient),
        Map.of("codingRate", rate.mul(1 / most)));
  }

  /**
   * Inverses of I + A for positive semidefinite A, by Gauss and Jordan without pivoting, which such
   * matrices don't need.
   *
   * @param matrix [P, N, N]
   * @param logDeterminant [P, 1, 1], of I + A
   */
  private record Inverse(Tensor matrix, Tensor logDeterminant) {
    static Inverse of(Tensor a) {
      long n = a.size(1);
      Tensor m = a.copy();
      for (long k = 0; k < n; k++) {
        Tensor diagonal = m.slice(1, k, k + 1).slice(2, k, k + 1);
        diagonal.copyIn(diagonal.add(1));
      }
      Tensor logDeterminant = null;
      for (long k = 0; k < n; k++) {
        Tensor pivot = m.slice(1, k, k + 1).slice(2, k, k + 1).copy();
        Tensor row = m.slice(1, k, k + 1).div(pivot);
        Tensor column = m.slice(2, k, k + 1).copy();
        m = m.sub(column.matmul(row));
        m.slice(1, k, k + 1).copyIn(row);
        m.slice(2, k, k + 1).copyIn(column.div(pivot).mul(-1));
        m.slice(1, k, k + 1).slice(2, k, k + 1).copyIn(pivot.pow(-1));
        logDeterminant = logDeterminant == null ? pivot.log() : logDeterminant.add(pivot.log());
      }
      return new Inverse(m, Objects.requireNonNull(logDeterminant));
    }
  }
}
