package io.millrace.learner.optim;

import java.util.List;

/**
 * A learning rate without a horizon. It rises linearly over the first {@code warmUp} steps, then
 * stays ({@code constant}) or falls as √(max(warmUp, 1) / step) ({@code inverse-sqrt}).
 *
 * @param shape constant or inverse-sqrt
 * @param peak the largest rate, over 0
 * @param warmUp steps of linear rise, 0 or more
 */
public record ScheduleSettings(String shape, double peak, long warmUp) {
  private static final List<String> SHAPES = List.of("constant", "inverse-sqrt");

  public ScheduleSettings {
    if (!SHAPES.contains(shape)) {
      throw new IllegalArgumentException("shape is '" + shape + "': expected one of " + SHAPES);
    }
    if (!(peak > 0 && peak <= 100)) {
      throw new IllegalArgumentException("peak is " + peak + ": expected over 0, at most 100");
    }
    if (warmUp < 0) {
      throw new IllegalArgumentException("warmUp is " + warmUp + ": expected 0 or more");
    }
  }

  /** A constant rate after a warm-up. */
  public static ScheduleSettings constant(double peak, long warmUp) {
    return new ScheduleSettings("constant", peak, warmUp);
  }

  /** The schedule itself. */
  public Schedule schedule() {
    return shape.equals("constant")
        ? step -> peak * rise(step)
        : step ->
            peak
                * rise(step)
                * Math.sqrt(Math.max(warmUp, 1) / Math.max(step + 1.0, Math.max(warmUp, 1)));
  }

  private double rise(long step) {
    return step + 1 >= warmUp ? 1 : (step + 1.0) / warmUp;
  }
}
