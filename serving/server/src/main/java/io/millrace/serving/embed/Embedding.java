package io.millrace.serving.embed;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * One image's place on the unit sphere: v = f ÷ ‖f‖₂, with the length ‖f‖₂ of the features f kept.
 */
public final class Embedding {
  private final float[] vector;
  private final double norm;

  private Embedding(float[] vector, double norm) {
    this.vector = vector;
    this.norm = norm;
  }

  /**
   * Normalizes features; sums in double.
   *
   * @param features [dim]; not kept
   * @return null when a feature is not finite or all are zero: such features have no direction
   */
  public static @Nullable Embedding of(float[] features) {
    return of(features, 0, features.length);
  }

  /** The same for {@code dim} features from index {@code from} on. */
  static @Nullable Embedding of(float[] features, int from, int dim) {
    double squares = 0;
    for (int i = from; i < from + dim; i++) {
      squares += (double) features[i] * features[i];
    }
    double norm = Math.sqrt(squares);
    if (!(norm > 0) || Double.isInfinite(norm)) {
      return null;
    }
    float[] vector = new float[dim];
    for (int i = 0; i < dim; i++) {
      vector[i] = (float) (features[from + i] / norm);
    }
    return new Embedding(vector, norm);
  }

  /** Number of components. */
  public int dim() {
    return vector.length;
  }

  /** Length of the features before they were normalized. */
  public double norm() {
    return norm;
  }

  /** Component {@code i}. */
  public float at(int i) {
    return vector[i];
  }

  /** A copy of the components. */
  public float[] vector() {
    return vector.clone();
  }

  /** The components as little-endian float32, 4 · dim bytes: the value on {@code embeddings}. */
  public byte[] littleEndian() {
    ByteBuffer out = ByteBuffer.allocate(vector.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float v : vector) {
      out.putFloat(v);
    }
    return out.array();
  }
}
