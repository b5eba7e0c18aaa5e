package io.millrace.learner.augment.task;

import io.millrace.learner.augment.Normalize;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * sRGB to CIE L*a*b* under the D65 white point. Components are made linear (IEC 61966-2-1), turned
 * to X, Y, Z relative to white, and
 *
 * <pre>
 * f(t) = ∛t over (6/29)³, else t / (3 · (6/29)²) + 4/29
 * L = 116 f(Y) − 16,   a = 500 (f(X) − f(Y)),   b = 200 (f(Y) − f(Z))
 * </pre>
 */
public final class Lab {
  private static final double[][] XYZ = {
    {0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047},
    {0.2126729, 0.7151522, 0.0721750},
    {0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883}
  };
  private static final double KNEE = 0.04045;
  private static final double DELTA = 6.0 / 29;

  private Lab() {}

  /**
   * Colors of a batch.
   *
   * @param views [rows, 3, h, w], red, green and blue in [0, 1]
   * @return [rows, 3, h, w]: L in [0, 100], a and b within about ±110
   */
  public static Tensor of(Engine engine, Tensor views) {
    Tensor linear =
        choose(engine, views, KNEE, views.add(0.055).mul(1 / 1.055).pow(2.4), views.mul(1 / 12.92));
    Tensor[] f = new Tensor[3];
    for (int i = 0; i < 3; i++) {
      Tensor t =
          linear
              .slice(1, 0, 1)
              .mul(XYZ[i][0])
              .addIn(XYZ[i][1], linear.slice(1, 1, 2))
              .addIn(XYZ[i][2], linear.slice(1, 2, 3))
              .clamp(0, Double.POSITIVE_INFINITY);
      f[i] =
          choose(
              engine,
              t,
              DELTA * DELTA * DELTA,
              t.pow(1.0 / 3),
              t.mul(1 / (3 * DELTA * DELTA)).add(4.0 / 29));
    }
    return engine.concat(
        1, List.of(f[1].mul(116).add(-16), f[0].sub(f[1]).mul(500), f[1].sub(f[2]).mul(200)));
  }

  /**
   * What a network sees of colors it is to guess: L / 100 on all three channels, normalized as
   * images are.
   *
   * @param lab [rows, 3, h, w]
   * @return [rows, 3, h, w]
   */
  public static Tensor lightness(Engine engine, Tensor lab, Preprocessing preprocessing) {
    return Normalize.of(engine, lab.slice(1, 0, 1).mul(0.01), preprocessing);
  }

  private static Tensor choose(Engine engine, Tensor x, double knee, Tensor over, Tensor under) {
    Tensor isOver = x.greater(engine.zeros(1).add(knee));
    return over.mul(isOver).add(under.mul(isOver.mul(-1).add(1)));
  }

  /** One color: L, a, b of red, green and blue in [0, 1]. */
  public static double[] of(double red, double green, double blue) {
    double[] linear = {linear(red), linear(green), linear(blue)};
    double[] f = new double[3];
    for (int i = 0; i < 3; i++) {
      double t = XYZ[i][0] * linear[0] + XYZ[i][1] * linear[1] + XYZ[i][2] * linear[2];
      f[i] = t > DELTA * DELTA * DELTA ? StrictMath.cbrt(t) : t / (3 * DELTA * DELTA) + 4.0 / 29;
    }
    return new double[] {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
  }

  private static double linear(double c) {
    return c > KNEE ? StrictMath.pow((c + 0.055) / 1.055, 2.4) : c / 12.92;
  }
}
