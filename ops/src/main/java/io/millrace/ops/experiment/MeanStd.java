package io.millrace.ops.experiment;

import io.millrace.ops.terminal.NumberText;
import java.util.Arrays;
import java.util.Locale;

/**
 * A metric over runs.
 *
 * @param runs how many have it
 * @param mean NaN without any
 * @param deviation sample deviation; NaN with fewer than two
 */
public record MeanStd(int runs, double mean, double deviation) {
  /** Student's t at 97.5 %, by degrees of freedom from 1 on. */
  private static final double[] T = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086
  };

  private static final double T_BEYOND = 2.086; // of 20 degrees: more runs only come closer

  /** Of values; values that are not finite don't count. */
  public static MeanStd of(double... values) {
    double[] known = Arrays.stream(values).filter(Double::isFinite).toArray();
    double mean = Arrays.stream(known).average().orElse(Double.NaN);
    double squares = Arrays.stream(known).map(v -> (v - mean) * (v - mean)).sum();
    return new MeanStd(
        known.length,
        mean,
        known.length < 2 ? Double.NaN : Math.sqrt(squares / (known.length - 1)));
  }

  /** Lower end of the two-sided 95 % interval of the mean, by Student's t; NaN under two runs. */
  double lower() {
    return mean - (runs < 2 ? Double.NaN : t(runs - 1) * deviation / Math.sqrt(runs));
  }

  private static double t(int degrees) {
    return degrees <= T.length ? T[degrees - 1] : T_BEYOND;
  }

  /** Mean and deviation to one place. */
  public String text() {
    return runs == 0
        ? NumberText.NONE
        : runs == 1
            ? String.format(Locale.ROOT, "%.1f", mean)
            : String.format(Locale.ROOT, "%.1f ± %.1f", mean, deviation);
  }

  /** Mean to two places, with the lower bound. */
  String ratio() {
    return runs < 2
        ? String.format(Locale.ROOT, "%.2f", mean)
        : String.format(Locale.ROOT, "%.2f [%.2f]", mean, lower());
  }
}
