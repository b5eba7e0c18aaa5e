package io.millrace.ops.explore;

/** How alike two embeddings are. */
final class Cosine {
  private Cosine() {}

  /** Of unit vectors of one length; of others there is none. */
  static double of(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
