package io.millrace.learner.augment.task;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The squares of a grid over the ab plane that a color of sRGB falls into (Zhang et al. 2016,
 * section 2.1), in reading order: a first, then b. Of side 10 there are 260 with a color nearest to
 * their center; the authors' list, drawn up another way, has 313.
 */
public final class ColorBins {
  private static final int LEVELS = 51; // steps of 5 of 255

  private final List<int[]> centers;

  private ColorBins(List<int[]> centers) {
    this.centers = centers;
  }

  /** Bins of this side in units of ab; the authors take 10. */
  public static ColorBins of(int side) {
    var seen = new TreeSet<Long>();
    // The colors on the cube's faces reach every ab that those inside reach.
    for (int u = 0; u <= LEVELS; u++) {
      for (int v = 0; v <= LEVELS; v++) {
        double p = (double) u / LEVELS;
        double q = (double) v / LEVELS;
        for (int end = 0; end <= 1; end++) {
          seen.add(bin(side, Lab.of(end, p, q)));
          seen.add(bin(side, Lab.of(p, end, q)));
          seen.add(bin(side, Lab.of(p, q, end)));
        }
      }
    }
    var centers = new ArrayList<int[]>();
    for (long bin : seen) {
      centers.add(new int[] {side * (int) (bin / 1000 - 500), side * (int) (bin % 1000 - 500)});
    }
    return new ColorBins(centers);
  }

  private static long bin(int side, double[] lab) {
    return (StrictMath.round(lab[1] / side) + 500) * 1000 + StrictMath.round(lab[2] / side) + 500;
  }

  /** Number of bins. */
  public int count() {
    return centers.size();
  }

  /** Centers, [bins, 2]: a, b. */
  public Tensor centers(Engine engine) {
    double[] values = new double[2 * count()];
    for (int i = 0; i < count(); i++) {
      values[2 * i] = centers.get(i)[0];
      values[2 * i + 1] = centers.get(i)[1];
    }
    return engine.tensor(values, count(), 2);
  }
}
