package io.millrace.learner.nd4j.tensor;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Matrix products, batched and broadcast over the leading dimensions, each by BLAS. */
final class MatrixProduct {
  private MatrixProduct() {}

  /** z = a b. */
  static void run(Nd4jTensor a, Nd4jTensor b, Nd4jTensor z) {
    long[] left = a.shape();
    long[] right = b.shape();
    if (a.isEmpty() || b.isEmpty()) {
      z.data().assign(0);
    } else if (right.length == 2) {
      long inner = right[0];
      // As one product: the rows of every matrix on the left under one another.
      INDArray rows = a.dense().reshape('c', a.size() / inner, inner);
      INDArray out = z.data().reshape('c', z.size() / right[1], right[1]);
      product(rows, b.data(), out);
    } else {
      batched(a.dense(), left, b.dense(), right, z);
    }
  }

  private static void batched(INDArray a, long[] left, INDArray b, long[] right, Nd4jTensor z) {
    long[] out = z.shape();
    int leading = out.length - 2;
    long m = out[leading];
    long n = out[leading + 1];
    long k = left[left.length - 1];
    INDArray as = a.reshape('c', a.length() / (m * k), m, k);
    INDArray bs = b.reshape('c', b.length() / (k * n), k, n);
    INDArray zs = z.data().reshape('c', z.size() / (m * n), m, n);
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
  static void run(INDArray a, boolean transposeA, INDArray b, boolean transposeB, INDArray z) {
    Ops.call("matmul").in(a, b).integers(transposeA ? 1 : 0, transposeB ? 1 : 0).into(z);
  }
}
