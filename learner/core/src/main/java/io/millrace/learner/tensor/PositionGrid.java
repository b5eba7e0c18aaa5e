package io.millrace.learner.tensor;

/**
 * Positions learned on a grid of one side, for a grid of another: resampled along rows, then along
 * columns, by cubic convolution (Keys 1981) with a = −0.75 and no antialiasing, cells taken as
 * their centers and the edges repeated. This is what facebookresearch/dino does through PyTorch's
 * bicubic interpolation.
 */
public final class PositionGrid {
  private static final double A = -0.75;

  private PositionGrid() {}

  /**
   * The matrix M of one direction, [to, from] row-major, each row of sum 1: new positions are M P
   * Mᵀ, feature by feature. Where the sides are equal it is the identity.
   *
   * @throws IllegalArgumentException when a side is not positive
   */
  public static double[] resampling(int from, int to) {
    if (from < 1 || to < 1) {
      throw new IllegalArgumentException(
          "positions of a grid of side "
              + from
              + " for one of side "
              + to
              + ": both must be over 0");
    }
    double[] matrix = new double[Math.multiplyExact(to, from)];
    for (int i = 0; i < to; i++) {
      double center = (i + 0.5) * from / to - 0.5;
      int left = (int) Math.floor(center);
      for (int tap = left - 1; tap <= left + 2; tap++) {
        int cell = Math.min(Math.max(tap, 0), from - 1);
        matrix[i * from + cell] += weight(Math.abs(center - tap));
      }
    }
    return matrix;
  }

  private static double weight(double distance) {
    double d = distance;
    if (d <= 1) {
      return ((A + 2) * d - (A + 3)) * d * d + 1;
    }
    return d < 2 ? ((A * d - 5 * A) * d + 8 * A) * d - 4 * A : 0;
  }
}
