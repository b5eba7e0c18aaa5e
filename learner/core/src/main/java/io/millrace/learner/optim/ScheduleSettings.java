package io.millrace.learner.optim;

import com.fasterxml.jackson.annotation.JsonValue;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.ingest.settings.Spelling;

/**
 * A learning rate without a horizon. It rises linearly over the first {@code warmUp} steps, then
 * stays ({@code constant}) or falls as √(max(warmUp, 1) / step) ({@code inverse-sqrt}). It is for
 * batches of {@code baseBatch} images; one of n images is learned from at n ÷ baseBatch of it
 * (Goyal et al. 2017, the linear scaling rule).
 */
public record ScheduleSettings(
    @Doc(
            "of the rate after its rise: constant, or inverse-sqrt, which falls as "
                + "√(max(warmUp, 1) / step)")
        Shape shape,
    @Doc("the largest rate, for batches of baseBatch") @Range(over = 0, max = 100) double peak,
    @Doc("steps of linear rise") @Range(min = 0) long warmUp,
    @Doc(
            "images of a batch that peak is for: the rate used is peak × batch ÷ baseBatch; 0 for "
                + "one rate whatever the batch")
        @Range(min = 0, max = 1_000_000)
        int baseBatch) {
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
    Allowed.check(ScheduleSettings.class, shape, peak, warmUp, baseBatch);
  }

  /** A constant rate after a warm-up, whatever the batch. */
  public static ScheduleSettings constant(double peak, long warmUp) {
    return new ScheduleSettings(Shape.CONSTANT, peak, warmUp, 0);
  }

  /** The same rate for batches of so many images, others in proportion; 0 for all alike. */
  public ScheduleSettings forBatch(int images) {
    return new ScheduleSettings(shape, peak, warmUp, images);
  }

  /** The largest rate for batches of so many images. */
  public double peakOf(int images) {
    return baseBatch == 0 ? peak : peak * images / baseBatch;
  }

  /** The schedule itself. */
  public Schedule schedule() {
    return new Schedule() {
      @Override
      public double at(long step) {
        return peak * share(step);
      }

      @Override
      public double at(long step, int images) {
        return peakOf(images) * share(step);
      }
    };
  }

  /** Rate ÷ peak. */
  private double share(long step) {
    double rise = step + 1 >= warmUp ? 1 : (step + 1.0) / warmUp;
    double first = Math.max(warmUp, 1);
    return shape == Shape.CONSTANT ? rise : rise * Math.sqrt(first / Math.max(step + 1.0, first));
  }
}
