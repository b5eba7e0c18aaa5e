package io.millrace.serving.index;

import io.millrace.serving.embed.Embedding;
import java.util.Objects;
import java.util.Random;

/** Made embeddings of unit length. */
final class SampleVectors {
  static final int DIM = 24;

  private SampleVectors() {}

  /** A random direction, the same for a seed. */
  static float[] vector(int seed) {
    var random = new Random(seed);
    float[] out = new float[DIM];
    for (int i = 0; i < DIM; i++) {
      out[i] = (float) random.nextGaussian();
    }
    return Objects.requireNonNull(Embedding.of(out)).vector();
  }

  /** Of vectors of unit length. */
  static double cosine(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
