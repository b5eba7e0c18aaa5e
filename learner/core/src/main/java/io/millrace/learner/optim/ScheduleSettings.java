package io.millrace.learner.optim;

import com.fasterxml.jackson.annotation.JsonValue;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.ingest.settings.Spelling;

/**
 * A learning rate without a horizon. It rises linearly over the first {@code warmUp} steps, then
 * stays ({@code constant}) or falls as √(max(warmUp, 1) / step) ({@code inverse-sqrt}).
 */
public record ScheduleSettings(
    @Doc(
            "of the rate after its rise: constant, or inverse-sqrt, which falls as "
                + "√(max(warmUp, 1) / step)")
        Shape shape,
    @Doc("the largest rate") @Range(over = 0, max = 100) double peak,
    @Doc("steps of linear rise") @Range(min = 0) long warmUp) {
  /** How a rate goes on after its rise. */
  public enum Shape {
    /** It stays. */
    CONSTANT,

    /** It falls as √(max(warmUp, 1) / step). */
    INVERSE_SQRT;

    /** As it is written in configurations and checkpoints. */
    @Override
    @JsonValue
    public String toString() {
      return Spelling.of(this);
    }
  }

  public ScheduleSettings {
    Allowed.check(ScheduleSettings.class, shape, peak, warmUp);
  }

  /** A constant rate after a warm-up. */
  public static ScheduleSettings constant(double peak, long warmUp) {
    return new ScheduleSettings(Shape.CONSTANT, peak, warmUp);
  }

  /** The schedule itself. */
  public Schedule schedule() {
    return shape == Shape.CONSTANT
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
