package io.millrace.learner.nd4j.tensor;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Matrix products, batched and broadcast over the leading dimensions, each by BLAS. */
public final class MatrixProduct {
  private MatrixProduct() {}

  /** z = a b; a is row-major, b too unless it is a matrix. */
  public static void run(INDArray a, INDArray b, INDArray z) {
    if (a.isEmpty() || b.isEmpty()) {
      z.assign(0);
    } else if (b.rank() == 2) {
      long inner = b.size(0);
      // As one product: the rows of every matrix on the left under one another.
      INDArray rows = a.reshape('c', a.length() / inner, inner);
      INDArray out = z.reshape('c', z.length() / b.size(1), b.size(1));
      product(rows, b, out);
    } else {
      batched(a, b, z);
    }
  }

  private static void batched(INDArray a, INDArray b, INDArray z) {
    long[] left = a.shape();
    long[] right = b.shape();
    long[] out = z.shape();
    int leading = out.length - 2;
    long m = out[leading];
    long n = out[leading + 1];
    long k = left[left.length - 1];
    INDArray as = a.reshape('c', a.length() / (m * k), m, k);
    INDArray bs = b.reshape('c', b.length() / (k * n), k, n);
    INDArray zs = z.reshape('c', z.length() / (m * n), m, n);
    for (long i = 0; i < zs.size(0); i++) {
      product(
          as.slice(matrix(i, out, left, leading)),
          bs.slice(matrix(i, out, right, leading)),
          zs.slice(i));
    }
  }

  /** Which of an operand's matrices the i-th product takes. */
  private static long matrix(long i, long[] out, long[] operand, int leading) {
    int own = operand.length - 2;
    long rest = i;
    long matrix = 0;
    long step = 1;
    for (int d = leading - 1; d >= 0; d--) {
      long index = rest % out[d];
      rest /= out[d];
      int at = d - (leading - own);
      if (at >= 0) {
        matrix += operand[at] == 1 ? 0 : index * step;
        step *= operand[at];
      }
    }
    return matrix;
  }

  private static void product(INDArray a, INDArray b, INDArray z) {
    Ops.call("matmul").in(a, b).into(z);
  }

  /** z = op(a) op(b), where op transposes as told. */
  public static void run(
      INDArray a, boolean transposeA, INDArray b, boolean transposeB, INDArray z) {
    Ops.call("matmul").in(a, b).integers(transposeA ? 1 : 0, transposeB ? 1 : 0).into(z);
  }
}
